"""Learning rates against torch's own schedulers."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from twostream.training.recipe import Optimisation
from twostream.training.schedule import learning_rate

STANDARD = Optimisation(
    optimiser="sgd",
    lr=0.1,
    momentum=0.9,
    weight_decay=0.01,
    schedule="constant",
    epochs=20,
    patience=2,
    steps=(5, 12),
    warmup=0.0,
    clip=None,
    ema=0.0,
)


def changed(**changes) -> Optimisation:
    return replace(STANDARD, **changes)


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
    rates = [learning_rate(changed(schedule=schedule), epoch, 1, []) for epoch in range(20)]
    assert rates == pytest.approx(of_torch(make), abs=1e-9)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.00005, 1.5, 2.0]), min_size=20, max_size=20), st.integers(0, 4))
def test_plateau_is_torchs(losses, patience):
    def make(optimiser):
        return lr_scheduler.ReduceLROnPlateau(optimiser, patience=patience, eps=0)

    optimisation = changed(schedule="plateau", patience=patience)
    rates = [learning_rate(optimisation, epoch, 1, losses[:epoch]) for epoch in range(20)]
    assert rates == pytest.approx(of_torch(make, losses), rel=1e-9)


def test_the_rate_rises_with_every_step_of_the_warm_up():
    optimisation = changed(warmup=2.0)
    rates = [learning_rate(optimisation, epoch, progress, []) for epoch in range(3) for progress in (0.5, 1.0)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])
