"""The loss of a batch and a step of the optimiser, by their formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from support.training import DESIGN, OPTIMISATION, RECIPE, setup
from twostream.streams import inputs
from twostream.training.learner import begin
from twostream.training.loss import draw_mixup
from twostream.training.train import forward, update

pytestmark = pytest.mark.usefixtures("one_thread")


class Fixed(torch.nn.Module):
    """Scores that are two weights times the mean of the clip's x and of its y flow."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([[3.0, -1.0], [0.5, 2.0]]))

    def forward(self, stacks: torch.Tensor) -> torch.Tensor:
        means = torch.stack([stacks[:, 0::2].mean(dim=(1, 2, 3)), stacks[:, 1::2].mean(dim=(1, 2, 3))], dim=1)
        return means @ self.weight


@pytest.mark.parametrize(("alpha", "smoothing"), [(0.0, 0.0), (0.0, 0.2), (0.7, 0.0), (0.7, 0.2)])
def test_the_loss_is_the_cross_entropy_of_mixed_and_smoothed_labels(alpha, smoothing):
    """- sum_c y_c log p_c with y = a y_i + (1 - a) y_j, each of them (1 - s) of its own class and s / C of all."""
    clips = torch.randint(0, 256, (5, 2, 8, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 1, 0, 1])
    here = setup(recipe=replace(RECIPE, mixup=alpha, label_smoothing=smoothing))
    loss, counts = forward(Fixed(), clips, labels, here, np.random.default_rng(7))
    mixup = draw_mixup(5, alpha, np.random.default_rng(7))
    weight, partner = mixup.weight, mixup.partner
    assert (weight == 1) is torch.equal(partner, torch.arange(5))
    stacks = inputs.normalise(clips.flatten(0, 1), DESIGN).unflatten(0, (5, 2)).double()
    target = torch.nn.functional.one_hot(labels, 2).double() * (1 - smoothing) + smoothing / 2
    mixed, target = (weight * own + (1 - weight) * own[partner] for own in (stacks, target))
    scores = torch.stack([Fixed().double()(mixed[:, n]) for n in range(2)]).mean(dim=0)
    expected = -(target * scores.log_softmax(dim=1)).sum()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    right = (scores.argmax(1) == labels).sum().item()
    assert counts.tolist() == pytest.approx([expected.item(), right, 5, 5], rel=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_balanced_weights_make_all_classes_count_alike(alpha):
    """Of 8 videos 6 are of class 0 and 2 of class 1: weights 8 / (2 * 6) and 8 / (2 * 2)."""
    labels = torch.tensor([0, 0, 0, 1, 0, 1, 0, 0])
    here = setup(recipe=replace(RECIPE, mixup=alpha, class_weights="balanced"))
    weights = here.weighted(labels.tolist(), 2).class_weights
    assert weights.tolist() == pytest.approx([2 / 3, 2])
    scores = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    mixup = draw_mixup(8, alpha, np.random.default_rng(7))
    each = -scores.double().log_softmax(dim=1)
    of = [(each[range(8), side] * weights.double()[side]).sum() for side in (labels, labels[mixup.partner])]
    expected = mixup.weight * of[0] + (1 - mixup.weight) * of[1]
    assert mixup.loss(scores, labels, 0.0, weights).item() == pytest.approx(expected.item(), rel=1e-5)
    assert setup(recipe=RECIPE).weighted([0, 1], 2).class_weights is None


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_clipped_step_is_as_long_as_clip_says(precision):
    """Whatever the loss was multiplied by to fit half precision."""
    optimisation = replace(OPTIMISATION, lr=1.0, clip=0.125)
    learner = begin(2, setup(recipe=replace(RECIPE, precision=precision), optimisation=optimisation))
    before = [weight.detach().clone() for weight in learner.network.parameters()]
    loss = sum(weight.sum() for weight in learner.network.parameters())
    learner.scaler.scale(loss).backward()
    update(learner, optimisation)
    moves = [weight - old for weight, old in zip(learner.network.parameters(), before, strict=True)]
    assert torch.cat([move.flatten() for move in moves]).norm().item() == pytest.approx(0.125, rel=1e-3)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_mixed_videos_stay_mostly_themselves(alpha):
    mixups = [draw_mixup(5, alpha, np.random.default_rng(seed)) for seed in range(50)]
    assert all(0.5 <= mixup.weight <= 1 and sorted(mixup.partner.tolist()) == list(range(5)) for mixup in mixups)
    assert len({mixup.weight for mixup in mixups}) == 50
    unmixed = draw_mixup(5, 0, np.random.default_rng(0))
    assert unmixed.weight == 1
    assert unmixed.partner.tolist() == list(range(5))
