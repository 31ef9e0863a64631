"""What a learned family is: corrections of the fused logits, fitted anew for each set of folds that is left out.

Every family begins with the logits z of `scales`, so that with few videos it has something to stay near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.contract import Params

Logits = NDArray[np.float32]

FEW_VIDEOS = 3.0
"""Videos of a class at which half of what was learned of it counts: n / (n + 3)."""


@dataclass(frozen=True)
class Variant:
    """Parameters, and the weights of a family's corrections that they stand for: z + sum_k w_k corrections_k."""

    params: Params
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Affine:
    """A correction that is affine in the features of a video: `slopes` (features, classes), `offsets` (classes,)."""

    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def of(self, values: NDArray[np.float32]) -> Logits:
        """Return the correction (videos, classes) of videos with the features `values` (videos, features)."""
        correction: Logits = values @ self.slopes + self.offsets
        return correction


@dataclass(frozen=True)
class Kernel:
    """A correction by a video's likeness to labelled ones: exp(cos - 1) to each, times its `coefficients`.

    `directions` (labelled videos, features) are of unit length; `coefficients` are (labelled videos, classes).
    """

    directions: NDArray[np.float32]
    coefficients: NDArray[np.float32]

    def of(self, values: NDArray[np.float32]) -> Logits:
        """Return the correction (videos, classes) of videos with the features `values` (videos, features)."""
        correction: Logits = np.exp(directions(values) @ self.directions.T - 1) @ self.coefficients
        return correction


Correction = Affine | Kernel


class LearnedFamily(Protocol):
    """A way to learn corrections of the fused logits; the variants are always in the same order."""

    @property
    def variants(self) -> Sequence[Variant]:
        """The variants, of which one is selected."""
        ...

    def fit(self, left_out: tuple[int, ...], logits: Logits) -> Logits:
        """Fit without the folds `left_out`; return the corrections (corrections, videos of `left_out`, classes).

        `logits` (videos, classes) are z of all videos, fitted without these folds too. No label of a video of
        `left_out` may have a part in the corrections.
        """
        ...

    def learn(self, left_out: tuple[int, ...], logits: Logits) -> Sequence[Correction]:
        """Fit in the same way; return the corrections as functions of a video's features, to keep for new videos."""
        ...


def directions(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `values` (videos, features) at unit length; zero for a video without variance."""
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    return unit


def confidence(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of what was learned of each class counts, by its number of videos, (classes,)."""
    share: NDArray[np.float64] = counts / (counts + FEW_VIDEOS)
    return share
