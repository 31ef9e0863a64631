"""TV-L1 optical flow and its eight-bit form.

Flow is in pixels a frame, x to the right and y downwards, at the size it is computed at.
Source: Zach, Pock, Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow", 2007.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Flow = NDArray[np.float32]


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


def compute(frames: Iterator[Image], tvl1: TVL1) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each BGR frame to the next."""
    method = opencv(tvl1)
    grey = (cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames)
    for before, after in pairwise(grey):
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


def quantise(flow: Flow, bound: float) -> NDArray[np.uint8]:
    """round(clip(flow, -bound, bound) * 127 / bound) + 128: zero is 128, the ends are 1 and 255."""
    return (np.rint(np.clip(flow, -bound, bound) * (127 / bound)) + 128).astype(np.uint8)


def dequantise(stored: NDArray[np.uint8], bound: float) -> Flow:
    """Pixels a frame again, within bound / 254 of what was stored; 128 comes back as exactly 0."""
    return (stored.astype(np.float32) - 128) * np.float32(bound / 127)
