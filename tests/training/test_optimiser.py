"""Learning rates against torch's own schedulers, and what decays."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from twostream.streams import network as streams
from twostream.training import optimiser as optimisation
from twostream.training.optimiser import Optimisation

HOW = Optimisation("sgd", 0.1, 0.9, 0.01, "constant", 20, 2, (5, 12), 0.0, None, 0.0)


def with_(**changes) -> Optimisation:
    return Optimisation(**vars(HOW) | changes)


def of_torch(make, losses=None) -> list[float]:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.1)
    schedule, rates = make(optimiser), []
    for epoch in range(20):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step(*([losses[epoch]] if losses else []))
    return rates


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        ("cosine", lambda optimiser: lr_scheduler.CosineAnnealingLR(optimiser, 20)),
        ("step", lambda optimiser: lr_scheduler.MultiStepLR(optimiser, [5, 12])),
        ("constant", lambda optimiser: lr_scheduler.ConstantLR(optimiser, factor=1)),
    ],
)
def test_rates_are_those_of_torchs_schedulers(schedule, make):
    rates = [optimisation.rate(with_(schedule=schedule), epoch, 1, []) for epoch in range(20)]
    assert rates == pytest.approx(of_torch(make), abs=1e-9)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.00005, 1.5, 2.0]), min_size=20, max_size=20), st.integers(0, 4))
def test_plateau_is_torchs(losses, patience):
    def make(optimiser):
        return lr_scheduler.ReduceLROnPlateau(optimiser, patience=patience, eps=0)

    how = with_(schedule="plateau", patience=patience)
    rates = [optimisation.rate(how, epoch, 1, losses[:epoch]) for epoch in range(20)]
    assert rates == pytest.approx(of_torch(make, losses), rel=1e-9)


def test_the_rate_rises_with_every_step_of_the_warm_up():
    how = with_(warmup=2.0)
    rates = [optimisation.rate(how, epoch, share, []) for epoch in range(3) for share in (0.5, 1.0)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])


@pytest.mark.parametrize("name", ["resnet18", "convnext_tiny", "swin_t", "swin_v2_t"])
def test_biases_and_norms_do_not_decay_and_nothing_is_left_out(name):
    network = streams.build(streams.Design(name, "rgb", 1, 0.0, "none"), 5)
    decayed, free = optimisation.parameter_groups(network, 0.01)
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.01, 0)
    assert len(decayed["params"]) + len(free["params"]) == len(list(network.parameters()))
    kept = {id(weight) for weight in free["params"]}
    for layer in network.modules():
        for what, weight in layer.named_parameters(recurse=False):
            is_norm = "Norm" in type(layer).__name__
            if is_norm or what == "bias" or what in ("layer_scale", "logit_scale"):
                assert id(weight) in kept
            elif isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
                assert id(weight) not in kept


def test_frozen_weights_are_not_moved():
    network = streams.build(streams.Design("resnet18", "rgb", 1, 0.0, "none"), 5)
    streams.set_training(network, partial_bn=True)
    groups = optimisation.make_optimiser(network, HOW).param_groups
    assert all(weight.requires_grad for group in groups for weight in group["params"])
