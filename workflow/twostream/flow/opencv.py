"""What TV-L1 is given, and OpenCV's solver, by which the others are measured.

Source: Zach, Pock, Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow", 2007.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Flow = NDArray[np.float32]

SMALLEST_SIDE = 16
"""Pixels; OpenCV's pyramid ends there."""


@dataclass(frozen=True)
class TVL1:
    """The parameters of TV-L1, by the names and with the meaning they have in OpenCV."""

    tau: float
    lambda_: float
    theta: float
    scales: int
    scale_step: float
    warps: int
    epsilon: float
    inner_iterations: int
    outer_iterations: int
    median_filter: int

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "TVL1":
        return cls(**{"lambda_" if name == "lambda" else name: value for name, value in settings.items()})


def level_sizes(shape: Sequence[int], tvl1: TVL1) -> list[tuple[int, int]]:
    """(height, width) of each level of the pyramid, the finest first: none but that one is under 16 pixels."""
    sizes = [(shape[0], shape[1])]
    while len(sizes) < tvl1.scales:
        smaller = round(sizes[-1][0] * tvl1.scale_step), round(sizes[-1][1] * tvl1.scale_step)
        if min(smaller) < SMALLEST_SIDE:
            break
        sizes.append(smaller)
    return sizes


def solve(greys: Iterator[Grey], tvl1: TVL1) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) to the next, by OpenCV."""
    method = opencv(tvl1)
    for before, after in pairwise(greys):
        # It would find out for itself where the pyramid ends, unless a level had no pixels at all.
        method.setScalesNumber(len(level_sizes(before.shape, tvl1)))
        yield method.calc(before, after, None).transpose(2, 0, 1)


def opencv(tvl1: TVL1) -> cv2.optflow.DualTVL1OpticalFlow:
    """OpenCV's own solver, without the illumination term (gamma = 0)."""
    return cv2.optflow.DualTVL1OpticalFlow_create(
        tau=tvl1.tau,
        lambda_=tvl1.lambda_,
        theta=tvl1.theta,
        nscales=tvl1.scales,
        warps=tvl1.warps,
        epsilon=tvl1.epsilon,
        innnerIterations=tvl1.inner_iterations,
        outerIterations=tvl1.outer_iterations,
        scaleStep=tvl1.scale_step,
        gamma=0.0,
        medianFiltering=tvl1.median_filter,
        useInitialFlow=False,
    )
