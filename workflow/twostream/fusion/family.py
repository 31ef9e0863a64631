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


def confidence(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of what was learned of each class counts, by its number of videos, (classes,)."""
    share: NDArray[np.float64] = counts / (counts + FEW_VIDEOS)
    return share
