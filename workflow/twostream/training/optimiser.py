"""How weights move: the optimiser, and the exponential moving average of the weights."""

from typing import Any

import torch
from torch import nn

from twostream.training.recipe import Optimisation


def make_optimiser(network: nn.Module, optimisation: Optimisation, fused: bool = False) -> torch.optim.Optimizer:
    """Return the optimiser of the network's trainable weights; `fused`, it moves them all by one kernel."""
    groups = parameter_groups(network, optimisation.weight_decay)
    if optimisation.optimiser == "adamw":
        return torch.optim.AdamW(groups, optimisation.lr, fused=fused or None)
    return torch.optim.SGD(groups, optimisation.lr, momentum=optimisation.momentum, fused=fused or None)


def load_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Go on from `state`, which the optimiser of another device may have saved: kernels stay those of this one."""
    kernels = [{name: group[name] for name in ("fused", "foreach")} for group in optimiser.param_groups]
    optimiser.load_state_dict(state)
    for group, own in zip(optimiser.param_groups, kernels, strict=True):
        group.update(own)


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return the trainable weights in two groups: matrices and filters decay; biases and normalisations do not.

    Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 5.3; He et al., "Bag of Tricks", 2018, section 3.1.
    """
    decaying: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in network.named_parameters():
        if weight.requires_grad:
            # What scales a layer's channels or heads has one axis that is longer than 1.
            (others if weight.squeeze().ndim < 2 or "bias" in name else decaying).append(weight)
    return [{"params": decaying, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def set_learning_rate(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """Give all groups of weights the learning rate `lr`."""
    for group in optimiser.param_groups:
        group["lr"] = lr


@torch.no_grad()
def update_ema(ema_network: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the weights and statistics m of `ema_network` towards w of `network`: m = decay m + (1 - decay) w.

    It averages from the initial weights on and copies integers, both other than torch's AveragedModel does.
    """
    pairs = list(zip(ema_network.state_dict().values(), network.state_dict().values(), strict=True))
    for is_float in (True, False):
        means = [mean for mean, _ in pairs if mean.is_floating_point() is is_float]
        news = [new for _, new in pairs if new.is_floating_point() is is_float]
        if means and is_float:
            torch._foreach_lerp_(means, news, 1 - decay)
        elif means:
            torch._foreach_copy_(means, news)  # The number of batches that statistics were taken from.
