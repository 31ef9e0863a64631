"""What the kernels look up: the sizes of the levels, when flow has settled, and where resized pixels come from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twostream.flow.kernels.iteration import USEFUL
from twostream.flow.parameters import TVL1, level_sizes

LINE = 32
"""Every row begins at a multiple of so many numbers."""

ROWS = 8
"""Rows that a program of an iteration improves, in USEFUL columns."""


class Tables:
    """The tables of a pyramid of frames (height, width), a row a level, the finest first.

    `pitch` numbers lie from row to row of the finest level, `plane` numbers in all of its rows, `total` in those of all
    levels. At most `parts` programs share an iteration. `sizes` (levels, 5) int32 has the columns of `kernels.states`;
    a level's flow has settled where its squared change is not above that of `thresholds` (levels,) float32.
    """

    def __init__(self, shape: tuple[int, int], tvl1: TVL1) -> None:
        self._levels = level_sizes(shape, tvl1)
        self.longest = max(shape)
        pitches = [-(-width // LINE) * LINE for _, width in self._levels]
        planes = [height * pitch for (height, _), pitch in zip(self._levels, pitches, strict=True)]
        self.levels, self.pitch, self.plane, self.total = len(planes), pitches[0], planes[0], sum(planes)
        parts = [-(-width // USEFUL.value) * -(-height // ROWS) for height, width in self._levels]
        self.parts = max(parts)
        offsets = np.cumsum([0, *planes[:-1]])
        sizes = [size[::-1] for size in self._levels]
        self.sizes = np.column_stack([sizes, pitches, offsets, parts]).astype(np.int32)
        self.thresholds = np.array([tvl1.epsilon**2 * height * width for height, width in self._levels], np.float32)

    def shrinking(self, scale_step: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return, for each pixel of a level along x and y, the first of the two finer pixels around it.

        Beside it is the share of the second one; both are (levels, 2, longest side). A pixel is 1 / `scale_step` finer
        ones wide.
        """
        finer = [self._levels[0], *self._levels[:-1]]
        return self._sources(finer, [(1 / scale_step,) * 2] * self.levels)

    def growing(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the same of the two coarser pixels around each pixel."""
        coarser = [*self._levels[1:], self._levels[-1]]
        pairs = zip(coarser, self._levels, strict=True)
        return self._sources(coarser, [(theirs[0] / ours[0], theirs[1] / ours[1]) for theirs, ours in pairs])

    def _sources(
        self, others: Sequence[tuple[int, int]], widths: Sequence[tuple[float, ...]]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return sources and shares where level by level `others` are resized, (height, width).

        `widths` are how many of their pixels a new one is high and wide.
        """
        sources = np.zeros((self.levels, 2, self.longest), np.int32)
        shares = np.zeros(sources.shape, np.float32)
        for level, size in enumerate(self._levels):
            for axis, (length, other, width) in enumerate(zip(size, others[level], widths[level], strict=True)):
                at = np.clip((np.arange(length) + 0.5) * width - 0.5, 0, other - 1)
                # OpenCV's own rule for the last pixel, which is another one where images grow.
                near = np.minimum(at.astype(np.int32), other - 1 - (width > 1))
                sources[level, 1 - axis, :length], shares[level, 1 - axis, :length] = near, at - near
        return sources, shares
