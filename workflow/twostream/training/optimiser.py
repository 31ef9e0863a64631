"""How weights move: the optimiser, its learning rate over time, and the mean of the weights on their way.

The rate is a function of how far training has come and of the losses so far, so that there is no state to keep.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

LEAST_IMPROVEMENT = 1e-4
"""Share of the best loss by which another one has to be lower, as in torch's ReduceLROnPlateau."""


@dataclass(frozen=True)
class Optimisation:
    """How the weights are moved, as the stream's section of the configuration says."""

    optimiser: str
    lr: float
    momentum: float
    weight_decay: float
    schedule: str
    epochs: int
    patience: int
    steps: Sequence[int]
    warmup: float
    clip: float | None
    ema: float


def make_optimiser(network: nn.Module, how: Optimisation) -> torch.optim.Optimizer:
    groups = parameter_groups(network, how.weight_decay)
    if how.optimiser == "adamw":
        return torch.optim.AdamW(groups, how.lr)
    return torch.optim.SGD(groups, how.lr, momentum=how.momentum)


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The trainable weights in two groups: matrices and filters decay, biases and what normalises do not.

    Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 5.3; He et al., "Bag of Tricks", 2018, section 3.1.
    """
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for name, weight in network.named_parameters():
        if weight.requires_grad:
            # What scales a layer's channels or heads has one axis that is longer than 1.
            (free if weight.squeeze().ndim < 2 or "bias" in name else decayed).append(weight)
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


def rate(how: Optimisation, epoch: int, share: float, losses: Sequence[float]) -> float:
    """The learning rate in `epoch` (from 0), of which `share` (0 to 1) is done; `losses` are of those before.

    lr * s(epoch) * min(1, (epoch + share) / warmup), where s is: constant 1; cosine (1 + cos(pi epoch / epochs)) / 2;
    step 0.1 for each of `steps` that epoch has reached; plateau 0.1 for each time that the loss has not fallen for
    more than `patience` epochs.
    """
    if how.schedule == "cosine":
        scale = (1 + math.cos(math.pi * epoch / how.epochs)) / 2
    elif how.schedule == "step":
        scale = 0.1 ** sum(epoch >= step for step in how.steps)
    else:
        scale = 0.1 ** plateaus(losses, how.patience) if how.schedule == "plateau" else 1.0
    warm = min(1.0, (epoch + share) / how.warmup) if how.warmup else 1.0
    return how.lr * scale * warm


def plateaus(losses: Sequence[float], patience: int) -> int:
    """How many times more than `patience` epochs went by without a lower loss."""
    count, waited, best = 0, 0, math.inf
    for loss in losses:
        if loss < best * (1 - LEAST_IMPROVEMENT):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            count, waited = count + 1, 0
    return count


@torch.no_grad()
def follow(mean: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the weights and statistics m of `mean` after those of `network`, w: m = decay m + (1 - decay) w."""
    for kept, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)
        else:
            kept.copy_(new)  # How many batches the statistics are of.
