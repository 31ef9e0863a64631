"""What every TV-L1 backend takes, and the sizes of its pyramid.

Source: Zach, Pock, Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow", 2007.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""A grey frame (height, width)."""

Pair = tuple[Grey, Grey]
"""A frame and the next one, of one size."""

Flow = NDArray[np.float32]
"""Flow (2, height, width) in pixels a frame, x to the right and y downwards, at the size it is computed at."""

SMALLEST_SIDE = 16
"""Pixels of the smaller side of a level, at least: OpenCV's pyramid ends there."""


@dataclass(frozen=True, kw_only=True)
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
        """Return the parameters in the section `flow.tvl1` of checked settings."""
        return cls(**{"lambda_" if name == "lambda" else name: value for name, value in settings.items()})


Solver = Callable[[Iterator[Grey], TVL1], Iterator[Flow]]
"""A backend: yields the flow from each grey frame to the next."""


def level_sizes(shape: Sequence[int], tvl1: TVL1) -> list[tuple[int, int]]:
    """Return (height, width) of each level of the pyramid, the finest first; no other level is under 16 pixels."""
    sizes = [(shape[0], shape[1])]
    while len(sizes) < tvl1.scales:
        smaller = round(sizes[-1][0] * tvl1.scale_step), round(sizes[-1][1] * tvl1.scale_step)
        if min(smaller) < SMALLEST_SIDE:
            break
        sizes.append(smaller)
    return sizes
