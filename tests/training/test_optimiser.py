"""What decays, what moves, and the moving average."""

from copy import deepcopy

import pytest
import torch

from support.training import OPTIMISATION
from twostream.streams.design import Design
from twostream.streams.network import build_network, set_training
from twostream.training import optimiser


@pytest.mark.parametrize("name", ["resnet18", "convnext_tiny", "swin_t", "swin_v2_t"])
def test_biases_and_norms_do_not_decay_and_nothing_is_left_out(name):
    network = build_network(Design(architecture=name, modality="rgb", stack=1, dropout=0.0, pretrained="none"), 5)
    decaying, others = optimiser.parameter_groups(network, 0.01)
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.01, 0)
    assert len(decaying["params"]) + len(others["params"]) == len(list(network.parameters()))
    spared = {id(weight) for weight in others["params"]}
    for layer in network.modules():
        for part, weight in layer.named_parameters(recurse=False):
            is_norm = "Norm" in type(layer).__name__
            if is_norm or part == "bias" or part in ("layer_scale", "logit_scale"):
                assert id(weight) in spared
            elif isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
                assert id(weight) not in spared


def test_frozen_weights_are_not_moved():
    network = build_network(Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained="none"), 5)
    set_training(network, partial_bn=True)
    groups = optimiser.make_optimiser(network, OPTIMISATION).param_groups
    assert all(weight.requires_grad for group in groups for weight in group["params"])


def test_the_moving_average_follows_the_weights():
    """The statistics of batch normalisation too; the number of batches they were taken from is copied."""
    network = torch.nn.BatchNorm2d(1)
    ema_network = deepcopy(network)
    after = []
    for count, value in enumerate((2.0, 5.0), start=1):
        for tensor in (network.weight, network.running_mean):
            torch.nn.init.constant_(tensor, value)
        network.num_batches_tracked.fill_(count)
        optimiser.update_ema(ema_network, network, 0.75)
        after.append(
            (ema_network.weight.item(), ema_network.running_mean.item(), ema_network.num_batches_tracked.item())
        )
    assert after[0] == (0.75 * 1 + 0.25 * 2, 0.75 * 0 + 0.25 * 2, 1)
    assert after[1] == (0.75 * 1.25 + 0.25 * 5, 0.75 * 0.5 + 0.25 * 5, 2)
