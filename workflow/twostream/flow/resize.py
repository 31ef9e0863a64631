"""Bilinear resizing without smoothing, with the bits of OpenCV 4.14's `resize` on every processor.

It makes pyramids of frames, and takes flow from one level to the next. Each interpolation is rounded once, since its
product and sum are fused; a processor without such an instruction gives the same bits, slowly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from twostream.flow.jit import Field, compiled

Indices = NDArray[np.int64]


def _build_fused(context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return type and code of a * b + c, rounded once."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), generate


_fused: Callable[..., np.float32] = intrinsic(_build_fused)


def shrink(image: Field, scale: float) -> Field:
    """Return `image` (height, width) at `scale` times its size, under 1; sizes are rounded, halves to even."""
    height, width = image.shape
    small = np.empty((round(height * scale), round(width * scale)), np.float32)
    _resize(image, small, 1 / scale, 1 / scale)
    return small


def enlarge(image: Field, large: Field) -> None:
    """Write `image` (height, width), resized to the size of `large`, into `large`."""
    _resize(image, large, image.shape[0] / large.shape[0], image.shape[1] / large.shape[1])


@compiled
def _resize(image: Field, resized: Field, pixel_height: float, pixel_width: float) -> None:
    """Write `image`, resized, into `resized`, of which a pixel is `pixel_height` x `pixel_width` old ones."""
    height, width = image.shape
    near, shares = _neighbours(width, resized.shape[1], pixel_width)
    wide = np.empty((height, resized.shape[1]), np.float32)
    for y in range(height):
        for x in range(resized.shape[1]):
            left, right = image[y, near[x]], image[y, min(near[x] + 1, width - 1)]
            wide[y, x] = _fused(right - left, shares[x], left)
    near, shares = _neighbours(height, resized.shape[0], pixel_height)
    for y in range(resized.shape[0]):
        above, below, share = wide[near[y]], wide[min(near[y] + 1, height - 1)], shares[y]
        for x in range(resized.shape[1]):
            resized[y, x] = _fused(below[x] - above[x], share, above[x])


@compiled
def _neighbours(length: int, count: int, step: float) -> tuple[Indices, Field]:
    """Return, for each of `count` new pixels in a row, the old pixel before it and the share of the next old one.

    The row has `length` old pixels; a new one is `step` old ones wide.
    """
    near, shares = np.empty(count, np.int64), np.empty(count, np.float32)
    # OpenCV's own rule for the last pixel, which is another one where images grow.
    last = length - 2 if step > 1 else length - 1
    for i in range(count):
        at = min(max((i + 0.5) * step - 0.5, 0.0), length - 1.0)
        near[i] = min(int(at), last)
        shares[i] = np.float32(at - near[i])
    return near, shares
