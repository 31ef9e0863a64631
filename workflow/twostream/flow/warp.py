"""An image seen from where the flow leads, bicubic, with the bits of OpenCV 4.14's `remap` on every processor.

OpenCV rounds otherwise in other versions, and without AVX2, and TV-L1 amplifies such a difference to whole pixels. So
the fused backend does not call OpenCV's warp but this one. Products and sums are fused where OpenCV's are; a processor
without such an instruction gives the same bits, slowly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from twostream.flow.jit import Field, compiled

SUBPIXELS = 32
"""Steps of a pixel by which OpenCV warps."""

FARTHEST = np.float32(2**30)
"""Steps from the origin of an image: a place that far away is outside of it."""

TAPS = 4
"""Pixels along each axis that a value is made of."""

ZERO = np.float32(0)


def _weights() -> Field:
    """Return the weights of the 4 x 4 pixels, rows first, for each step down and along: (32 * 32 * 16,).

    Source: Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, with a = -0.75 as in OpenCV.
    """
    t = (np.arange(SUBPIXELS) / SUBPIXELS).astype(np.float32)
    a = np.float32(-0.75)
    one = [
        ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
        ((a + 2) * t - (a + 3)) * t * t + 1,
        ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1,
    ]
    cubic = np.stack([*one, 1 - one[0] - one[1] - one[2]], axis=1)
    return np.ascontiguousarray(cubic[:, None, :, None] * cubic[None, :, None, :]).reshape(-1)


WEIGHTS = _weights()


def _build_sum(context: Any, pixels: Any, first: Any, pitch: Any, weights: Any, first_weight: Any) -> Any:
    """Return type and code of the weighted sum of 4 x 4 pixels: fused down the four columns, then (0 + 2) + (1 + 3).

    `first` and `first_weight` are the indices of the first pixel and of its weight; the pixel below is `pitch` on.
    """
    signature = types.float32(pixels, types.uint64, types.uint64, weights, types.uint64)
    four = ir.VectorType(ir.FloatType(), TAPS)

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pixels, first, pitch, weights, first_weight = arguments
        pixels = target.make_array(signature.args[0])(target, builder, pixels).data
        weights = target.make_array(signature.args[3])(target, builder, weights).data
        fused = cgutils.get_or_insert_function(builder.module, ir.FunctionType(four, [four] * 3), "llvm.fma.v4f32")

        def load(data: Any, index: Any) -> Any:
            return builder.load(builder.bitcast(builder.gep(data, [index]), four.as_pointer()), align=4)

        columns = ir.Constant(four, [0.0] * TAPS)
        for _ in range(TAPS):
            columns = builder.call(fused, [load(pixels, first), load(weights, first_weight), columns])
            first, first_weight = builder.add(first, pitch), builder.add(first_weight, first_weight.type(TAPS))
        zeroth, second, third, last = (builder.extract_element(columns, ir.IntType(32)(i)) for i in (0, 2, 1, 3))
        return builder.fadd(builder.fadd(zeroth, second), builder.fadd(third, last))

    return signature, generate


_sum_inside: Callable[..., np.float32] = intrinsic(_build_sum)


@compiled
def warp_row(images: Field, weights: Field, row: int, u: Field, v: Field, warped: Field) -> None:
    """Write the three `images` (3, H, W) seen from where the flow leads a row, (3, W), zero outside.

    `u` and `v` are the flow of the row; `weights` are `WEIGHTS`. OpenCV sums down the four columns, then over them;
    where some of the 4 x 4 pixels are outside, along the rows.
    """
    _, height, width = images.shape
    pixels, pitch, size = images.reshape(-1), np.uint64(width), np.uint64(height * width)
    for x in range(width):
        along, down = _steps(np.float32(x) + u[x]), _steps(np.float32(row) + v[x])
        left, top = (along >> 5) - 1, (down >> 5) - 1
        weight = np.uint64(((down & 31) * SUBPIXELS + (along & 31)) * TAPS * TAPS)
        if 0 <= top < height - 3 and 0 <= left < width - 3:
            first = np.uint64(top * width + left)
            warped[0, x] = _sum_inside(pixels, first, pitch, weights, weight)
            warped[1, x] = _sum_inside(pixels, first + size, pitch, weights, weight)
            warped[2, x] = _sum_inside(pixels, first + size + size, pitch, weights, weight)
        else:
            for i in range(3):
                warped[i, x] = _sum_at_border(images, i, top, left, weights, weight)


@compiled
def _steps(at: np.float32) -> np.int32:
    """Return the place `at`, in pixels, as steps of 1/32 pixel; one outside of any image if it is far away or NaN."""
    steps = np.rint(at * np.float32(SUBPIXELS))
    return np.int32(steps if abs(steps) < FARTHEST else -FARTHEST)


@compiled
def _sum_at_border(
    images: Field, number: int, top: np.int32, left: np.int32, weights: Field, weight: np.uint64
) -> np.float32:
    """Return the weighted sum of those of 4 x 4 pixels, from `top` and `left` on, that are inside, row by row."""
    _, height, width = images.shape
    total = ZERO
    for j in range(TAPS):
        for i in range(TAPS):
            if 0 <= top + j < height and 0 <= left + i < width:
                total += images[number, top + j, left + i] * weights[weight + np.uint64(TAPS * j + i)]
    return total
