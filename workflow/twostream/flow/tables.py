"""What the kernels look up: the sizes of the levels, when flow has settled, and where resized pixels come from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twostream.flow.parameters import TVL1, level_sizes

LINE = 32
"""Numbers; every row begins at a multiple."""

USEFUL, ROWS = 29, 8
"""Columns and rows that a program of an iteration improves."""


class Tables:
    """The tables of a pyramid of frames (height, width), a row a level, the finest first."""

    def __init__(self, shape: tuple[int, int], tvl1: TVL1) -> None:
        self._levels = level_sizes(shape, tvl1)
        self.longest = max(shape)
        pitches = [-(-width // LINE) * LINE for _, width in self._levels]
        planes = [height * pitch for (height, _), pitch in zip(self._levels, pitches, strict=True)]
        self.levels, self.pitch, self.plane, self.total = len(planes), pitches[0], planes[0], sum(planes)
        parts = [-(-width // USEFUL) * -(-height // ROWS) for height, width in self._levels]
        self.parts = max(parts)
        offsets = np.cumsum([0, *planes[:-1]])
        sizes = [size[::-1] for size in self._levels]
        self.sizes = np.column_stack([sizes, pitches, offsets, parts]).astype(np.int32)
        self.settled = np.array([tvl1.epsilon**2 * height * width for height, width in self._levels], np.float32)

    def shrinking(self, scale_step: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return, for each level along x and y, the first of the two finer pixels around a pixel, and how far it is.

        Shape (levels, 2, longest side); a finer pixel is 1 / `scale_step` wide.
        """
        finer = [self._levels[0], *self._levels[:-1]]
        return self._sources(finer, [(1 / scale_step,) * 2] * self.levels)

    def growing(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the same for the pixels of the coarser level."""
        coarser = [*self._levels[1:], self._levels[-1]]
        pairs = zip(coarser, self._levels, strict=True)
        return self._sources(coarser, [(theirs[0] / ours[0], theirs[1] / ours[1]) for theirs, ours in pairs])

    def _sources(
        self, others: Sequence[tuple[int, int]], widths: Sequence[tuple[float, ...]]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        sources = np.zeros((self.levels, 2, self.longest), np.int32)
        shares = np.zeros(sources.shape, np.float32)
        for level, size in enumerate(self._levels):
            for axis, (length, other, width) in enumerate(zip(size, others[level], widths[level], strict=True)):
                at = np.clip((np.arange(length) + 0.5) * width - 0.5, 0, other - 1)
                # OpenCV's own rule for the last pixel, which is another one where images grow.
                near = np.minimum(at.astype(np.int32), other - 1 - (width > 1))
                sources[level, 1 - axis, :length], shares[level, 1 - axis, :length] = near, at - near
        return sources, shares
