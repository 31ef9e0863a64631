"""The learning rate over time.

It is a function of how far training has come and of the losses so far, so that there is no state to save.
"""

import math
from collections.abc import Sequence

from twostream.training.recipe import Optimisation

LEAST_IMPROVEMENT = 1e-4
"""Relative improvement of the best loss that counts as one, as in torch's ReduceLROnPlateau."""


def learning_rate(optimisation: Optimisation, epoch: int, progress: float, losses: Sequence[float]) -> float:
    """Return the learning rate in `epoch` (from 0), of which `progress` (0 to 1) is done.

    lr * s(epoch) * min(1, (epoch + progress) / warmup), where s is: constant 1; cosine
    (1 + cos(pi epoch / epochs)) / 2; step 0.1 for each of `steps` that epoch has reached; plateau 0.1 for each time
    that the loss has not fallen for more than `patience` epochs. `losses` are those of the epochs before.
    """
    if optimisation.schedule == "cosine":
        scale = (1 + math.cos(math.pi * epoch / optimisation.epochs)) / 2
    elif optimisation.schedule == "step":
        scale = 0.1 ** sum(epoch >= step for step in optimisation.steps)
    else:
        scale = 0.1 ** plateaus(losses, optimisation.patience) if optimisation.schedule == "plateau" else 1.0
    warm = min(1.0, (epoch + progress) / optimisation.warmup) if optimisation.warmup else 1.0
    return optimisation.lr * scale * warm


def plateaus(losses: Sequence[float], patience: int) -> int:
    """Count how many times more than `patience` epochs went by without a lower loss."""
    count, waited, best = 0, 0, math.inf
    for loss in losses:
        if loss < best * (1 - LEAST_IMPROVEMENT):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            count, waited = count + 1, 0
    return count
