"""The loss of a batch: cross entropy of labels that may be smoothed, of videos that may be mixed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from twostream.compute.hardware import Runtime


@dataclass(frozen=True)
class Mixup:
    """How the videos of a batch are mixed: x = a x_i + (1 - a) x_j, with a the `weight` and j the `partner` of i.

    Zhang et al., "mixup", 2018, but with a at least 0.5, so that a video's own label is the one to be right about.
    With a weight of 1 nothing is mixed. `partner` (videos,) is on the CPU until `to_device`.
    """

    weight: float
    partner: Tensor

    def to_device(self, runtime: Runtime) -> "Mixup":
        """Return the mixup with its partners on the device."""
        return Mixup(self.weight, runtime.small_to_device(self.partner)) if self.weight < 1 else self

    def mix(self, inputs: Tensor) -> Tensor:
        """Return `inputs` (videos, ...), mixed."""
        if self.weight == 1:
            return inputs
        return self.weight * inputs + (1 - self.weight) * inputs[self.partner]

    def loss(
        self, scores: Tensor, labels: Tensor, label_smoothing: float, class_weights: Tensor | None = None
    ) -> Tensor:
        """Return the cross entropy of `scores` (videos, classes), summed over the videos and mixed as these are.

        With `class_weights` (classes,) that of each class times its weight.
        """
        loss = self.weight * _cross_entropy(scores, labels, label_smoothing, class_weights)
        if self.weight == 1:
            return loss
        partners = _cross_entropy(scores, labels[self.partner], label_smoothing, class_weights)
        return loss + (1 - self.weight) * partners


def draw_mixup(videos: int, alpha: float, rng: np.random.Generator) -> Mixup:
    """Draw how to mix a batch of `videos`, its weight from Beta(alpha, alpha); with an alpha of 0 nothing is mixed."""
    if not alpha:
        return Mixup(1.0, torch.arange(videos))
    weight = float(rng.beta(alpha, alpha))
    return Mixup(max(weight, 1 - weight), torch.from_numpy(rng.permutation(videos)))


def balanced_weights(labels: Sequence[int], classes: int) -> Tensor:
    """Return a weight for each class, N / (C n) with n of its N training videos, so that all classes count alike."""
    counts = np.bincount(labels, minlength=classes)
    return torch.from_numpy(len(labels) / (classes * np.maximum(counts, 1))).float()


def _cross_entropy(scores: Tensor, labels: Tensor, label_smoothing: float, weights: Tensor | None) -> Tensor:
    return functional.cross_entropy(scores, labels, weights, label_smoothing=label_smoothing, reduction="sum")
