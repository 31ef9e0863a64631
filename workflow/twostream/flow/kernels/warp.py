"""The warp: the second frame and its gradient from where the flow leads, and the residual of the first frame."""

import triton
import triton.language as tl

from twostream.flow.kernels.states import (
    HEIGHT,
    LEVEL,
    NEW_WARP,
    OFFSET,
    PITCH,
    SIZE,
    STATE,
    WIDTH,
    begun_side,
    field,
    place,
    reaches,
)
from twostream.flow.kernels.work import item_of, items

SUBPIXELS = tl.constexpr(32.0)
"""OpenCV warps by steps of 1/32 pixel."""

ROUNDER = tl.constexpr(1.5 * 2.0**23)
"""A smaller number, to which this is added and subtracted again, is rounded to a whole one, halves to even."""

BEYOND = tl.constexpr(8.0)
"""Pixels outside of the image to which a place is limited: no pixel of the image counts there."""


@triton.jit(do_not_specialize=["slots"])
def linearise(flow, linear, slopes, pyramids, waiting, states, sizes, slots, plane, total, BLOCK: tl.constexpr):
    """Write the `linear` residual of each slot where a warp begins: the warped gradient, and the constant part."""
    for item in range(tl.program_id(0), items(waiting, NEW_WARP, 1, plane, BLOCK), tl.num_programs(0)):
        slot, _, block = item_of(item, waiting, 1, plane, BLOCK)
        size = sizes + tl.load(states + slot * STATE + LEVEL) * SIZE
        if reaches(size, block, BLOCK):
            x, y, at, inside = place(size, block, BLOCK)
            uv = field(flow, begun_side(states + slot * STATE) * slots + slot, 2, plane)
            u, v = tl.load(uv + at, inside, 0.0), tl.load(uv + plane + at, inside, 0.0)
            columns, rows = _taps(x, u, tl.load(size + WIDTH)), _taps(y, v, tl.load(size + HEIGHT))
            slope, to = field(slopes, slot, 2, plane), field(linear, slot, 3, plane)
            before = field(pyramids, slot, 2, total) + tl.load(size + OFFSET)
            along = _warped(slope, size, columns, rows, inside)
            across = _warped(slope + plane, size, columns, rows, inside)
            moved = _warped(before + total, size, columns, rows, inside) - along * u - across * v
            tl.store(to + at, along, inside)
            tl.store(to + plane + at, across, inside)
            tl.store(to + 2 * plane + at, moved - tl.load(before + at, inside, 0.0), inside)


@triton.jit
def _taps(start, motion, length):
    """Return the first of four pixels along an axis, its length, their cubic weights and whether all are inside.

    They are around the pixels `start`, moved by `motion`. Weights are those of Keys 1981, a = -0.75.
    """
    at = tl.minimum(tl.maximum(start.to(tl.float32) + motion, -BEYOND), length.to(tl.float32) + BEYOND)
    steps = (at * SUBPIXELS + ROUNDER) - ROUNDER
    cell = tl.floor(steps * (1 / SUBPIXELS))
    t = steps * (1 / SUBPIXELS) - cell
    far, near, next_near = t + 1.0, t, 1.0 - t
    first = ((-0.75 * far + 3.75) * far - 6.0) * far + 3.0
    second = (1.25 * near - 2.25) * near * near + 1.0
    third = (1.25 * next_near - 2.25) * next_near * next_near + 1.0
    fourth = 1.0 - first - second - third
    cell = cell.to(tl.int32)
    return cell - 1, length, (first, second, third, fourth), (cell >= 1) & (cell < length - 2)


@triton.jit
def _warped(image, size, columns, rows, inside):
    """Return `image` at the places that `columns` and `rows` name; pixels outside are 0.

    OpenCV sums down the four columns, then over them; where some of the 4 x 4 pixels are outside, along the rows.
    """
    pitch = tl.load(size + PITCH)
    along_rows = columns[2][0] * 0.0
    sums = along_rows, along_rows, along_rows, along_rows
    for j in tl.static_range(4):
        y = rows[0] + j
        row, row_inside = image + y * pitch, inside & (y >= 0) & (y < rows[1])
        pixels = _four(row, columns[0], columns[1], row_inside)
        weights = _times(rows[2][j], columns[2])
        sums = _fused(pixels, weights, sums)
        for i in tl.static_range(4):
            along_rows += pixels[i] * weights[i]
    down_columns = (sums[0] + sums[2]) + (sums[1] + sums[3])
    return tl.where(columns[3] & rows[3], down_columns, along_rows)


@triton.jit
def _four(row, x, width, inside):
    """Return the pixels of a row from x on."""
    return (
        _pixel(row, x, width, inside),
        _pixel(row, x + 1, width, inside),
        _pixel(row, x + 2, width, inside),
        _pixel(row, x + 3, width, inside),
    )


@triton.jit
def _pixel(row, x, width, inside):
    return tl.load(row + x, inside & (x >= 0) & (x < width), 0.0)


@triton.jit
def _times(weight, weights):
    return weight * weights[0], weight * weights[1], weight * weights[2], weight * weights[3]


@triton.jit
def _fused(a, b, c):
    """Return a * b + c, rounded once."""
    return tl.fma(a[0], b[0], c[0]), tl.fma(a[1], b[1], c[1]), tl.fma(a[2], b[2], c[2]), tl.fma(a[3], b[3], c[3])
