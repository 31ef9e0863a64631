"""TV-L1 on the CPU: what OpenCV's `DualTVL1OpticalFlow` gives, many times faster.

OpenCV spends nine tenths of the time on the alternation between flow and dual variables (Zach, Pock, Bischof 2007), for
which it passes over the image six times; here it is one pass over the rows. Only the median filter is OpenCV's own,
which selects and rounds nothing.

Every operation rounds as that of OpenCV 4.14 does on x86-64 with AVX2, in the same order, whichever OpenCV and
processor there are. TV-L1 amplifies differences: where the last bit of one iteration is another, some pixels come
out a whole pixel apart. So nothing here may be reordered or fused for speed (no fastmath). The one exception is the sum
that tells whether the flow has settled: it is summed again in OpenCV's order where rounding could decide.

All fields of a level stand in one array (height + 1, FIELDS, pitch), row by row, so that a pass has all that it needs
of a row in one place. The row above the first one and the column before it are zero, which is the border of the
divergence. The column after the last one repeats the last one, which is the border of the gradient.
"""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numba import njit

from twostream.flow import resize, warp
from twostream.flow.jit import Field, compiled
from twostream.flow.parameters import TVL1, Flow, Grey, level_sizes
from twostream.videos.opencv import configure

FIELDS = 11
U, V, U_X, U_Y, V_X, V_Y, GRADIENT_X, GRADIENT_Y, SQUARE, RESIDUAL, CHANGE = range(FIELDS)
"""The fields, a number a pixel.

Flow; dual variables of either component; warped gradient and its squared length; constant part of the residual; squared
change of the flow in the last iteration.
"""

FLAT = np.finfo(np.float32).eps
"""A squared gradient up to this gives no direction."""

ZERO, ONE = np.float32(0), np.float32(1)
ROUNDING = 2.0**-24
"""How far the sum of n numbers may be off in single precision: n times this share of it."""

LANES = 16
"""The pitch of a row is a multiple of so many numbers, which fill a cache line."""


def solve(greys: Iterator[Grey], tvl1: TVL1) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) uint8 to the next."""
    configure()
    levels: list[Level] = []
    for before, after in pairwise(_pyramid(grey, tvl1) for grey in greys):
        levels = levels or [Level(*image.shape) for image in before]
        yield _coarse_to_fine(levels, before, after, tvl1)


def _pyramid(grey: Grey, tvl1: TVL1) -> list[Field]:
    """Return the frame (height, width) at every level of the pyramid, the finest first."""
    images = [grey.astype(np.float32)]
    for _ in level_sizes(grey.shape, tvl1)[1:]:
        images.append(resize.shrink(images[-1], tvl1.scale_step))
    return images


def _coarse_to_fine(levels: "list[Level]", before: list[Field], after: list[Field], tvl1: TVL1) -> Flow:
    """Return the flow (2, height, width) between the pyramids of two frames, refined from level to level."""
    levels[-1].flow[:] = 0
    for number in reversed(range(len(levels))):
        levels[number].refine(before[number], after[number], tvl1)
        if number:
            levels[number - 1].start_from(levels[number], tvl1.scale_step)
    return levels[0].flow.copy()


class Level:
    """The fields of one level of the pyramid, and the work on them.

    `flow` (2, height, width) and `dual` (4, height, width) are views into `fields`; `images` are the second frame and
    its gradient, (3, height, width).
    """

    def __init__(self, height: int, width: int) -> None:
        pitch = -(-(width + 2) // LANES) * LANES
        self.fields = np.zeros((height + 1, FIELDS, pitch), np.float32)
        self.images = np.empty((3, height, width), np.float32)
        inside = self.fields[1:, :, 1 : width + 1].transpose(1, 0, 2)
        self.flow, self.dual = inside[U : V + 1], inside[U_X : V_Y + 1]

    def start_from(self, coarser: "Level", scale_step: float) -> None:
        """Write the flow of the `coarser` level, resized to this level's size, as the flow to begin with."""
        for mine, theirs in zip(self.flow, coarser.flow, strict=True):
            resize.enlarge(theirs, mine)
        self.flow *= np.float32(1 / scale_step)

    def refine(self, before: Field, after: Field, tvl1: TVL1) -> None:
        """Improve the flow from `before` to `after`, both at this level's size."""
        self.dual[:] = 0
        self.images[0] = after
        central_differences(after, self.images[1:])
        for _ in range(tvl1.warps):
            _linearise(self.fields, self.images, before, warp.WEIGHTS)
            self._minimise(tvl1)

    def _minimise(self, tvl1: TVL1) -> None:
        """Iterate until the flow has settled, with a median filter before every `inner_iterations`."""
        weights = np.array([tvl1.lambda_ * tvl1.theta, tvl1.theta, tvl1.tau / tvl1.theta], np.float32)
        threshold = np.float32(tvl1.epsilon**2 * self.images[0].size)
        for _ in range(tvl1.outer_iterations):
            if tvl1.median_filter > 1:
                for component in self.flow:
                    cv2.medianBlur(component, tvl1.median_filter, dst=component)
            if _iterate(self.fields, self.images.shape[2], weights, tvl1.inner_iterations, threshold):
                return


@compiled
def central_differences(image: Field, gradient: Field) -> None:
    """Write the `gradient` (2, height, width), x and y, of `image`: half the difference of the two neighbours.

    At a border the pixel itself stands for the missing neighbour.
    """
    height, width = image.shape
    half = np.float32(0.5)
    for y in range(height):
        above, below = image[max(y - 1, 0)], image[min(y + 1, height - 1)]
        row, along, across = image[y], gradient[0, y], gradient[1, y]
        for x in range(1, width - 1):
            along[x] = half * (row[x + 1] - row[x - 1])
        along[0] = half * (row[1] - row[0])
        along[width - 1] = half * (row[width - 1] - row[width - 2])
        for x in range(width):
            across[x] = half * (below[x] - above[x])


@compiled
def _linearise(fields: Field, images: Field, before: Field, weights: Field) -> None:
    """Warp `images` (3, height, width), a frame and its gradient, by the flow, and write the residual's linear form.

    That is the warped gradient, its squared length and the constant part of the residual: the residual is linear in
    the change of the flow from here. `before` (height, width) is the first frame, `weights` are those of the warp.
    """
    height, width = before.shape
    rows = np.empty_like(images[:, 0])
    for y in range(height):
        u, v = fields[y + 1, U, 1:], fields[y + 1, V, 1:]
        along, across = fields[y + 1, GRADIENT_X, 1:], fields[y + 1, GRADIENT_Y, 1:]
        square, residual = fields[y + 1, SQUARE, 1:], fields[y + 1, RESIDUAL, 1:]
        warp.warp_row(images, weights, y, u, v, rows)
        for x in range(width):
            along[x], across[x] = rows[1, x], rows[2, x]
            square[x] = along[x] * along[x] + across[x] * across[x]
            residual[x] = (rows[0, x] - along[x] * u[x] - across[x] * v[x]) - before[y, x]


@compiled
def _iterate(fields: Field, width: int, weights: Field, iterations: int, threshold: np.float32) -> bool:
    """Iterate at most `iterations` times; return whether the flow's squared change fell to `threshold` or below."""
    last = fields.shape[0] - 1
    reach, theta, step = weights
    doubt = (last + 1) * width * ROUNDING
    for _ in range(iterations):
        change = 0.0
        for y in range(1, last + 1):
            _update_flow(fields[y], fields[y - 1], width, reach, theta)
            if y > 1:
                _update_dual(fields[y - 1], fields[y], width, step)
            change += float(_sum(fields[y, CHANGE], width))
        _update_dual(fields[last], fields[last], width, step)
        if abs(change - threshold) < doubt * change:
            change = float(_sum_one_by_one(fields, width))
        if change <= threshold:
            return True
    return False


@compiled
def _update_flow(row: Field, above: Field, width: int, reach: np.float32, theta: np.float32) -> None:
    """Move the flow of a row towards a smaller residual and along the divergence of the dual variables."""
    u, v, change = row[U], row[V], row[CHANGE]
    u_x, u_y, v_x, v_y = row[U_X], row[U_Y], row[V_X], row[V_Y]
    u_y_above, v_y_above = above[U_Y], above[V_Y]
    along, across, square, residual = row[GRADIENT_X], row[GRADIENT_Y], row[SQUARE], row[RESIDUAL]
    # OpenCV sums the divergence of the first column in another order.
    u_pull, v_pull = theta * (u_x[1] + u_y[1] - u_y_above[1]), theta * (v_x[1] + v_y[1] - v_y_above[1])
    first_u, first_v = u[1], v[1]
    first = _next_flow(u[1], v[1], along[1], across[1], square[1], residual[1], reach, u_pull, v_pull)
    for x in range(1, width + 1):
        u_pull = theta * ((u_x[x] - u_x[x - 1]) + (u_y[x] - u_y_above[x]))
        v_pull = theta * ((v_x[x] - v_x[x - 1]) + (v_y[x] - v_y_above[x]))
        u_next, v_next = _next_flow(u[x], v[x], along[x], across[x], square[x], residual[x], reach, u_pull, v_pull)
        change[x] = (u_next - u[x]) ** 2 + (v_next - v[x]) ** 2
        u[x], v[x] = u_next, v_next
    u[1], v[1] = first
    change[1] = (u[1] - first_u) ** 2 + (v[1] - first_v) ** 2
    u[width + 1] = u[width]
    v[width + 1] = v[width]


@compiled
def _next_flow(
    u: np.float32,
    v: np.float32,
    along: np.float32,
    across: np.float32,
    square: np.float32,
    residual: np.float32,
    reach: np.float32,
    u_pull: np.float32,
    v_pull: np.float32,
) -> tuple[np.float32, np.float32]:
    """Return the next flow of a pixel: a step against its residual, of `reach` gradients at most, and the pulls.

    The step minimises the data term by thresholding; the pulls are the divergence of the dual variables.
    """
    excess = residual + (along * u + across * v)
    limit = reach * square
    times = -excess / square if square > FLAT else ZERO
    times = -reach if excess > limit else times
    times = reach if excess < -limit else times
    return (u + times * along) + u_pull, (v + times * across) + v_pull


@compiled
def _update_dual(row: Field, below: Field, width: int, step: np.float32) -> None:
    """Move the dual variables of a row along the gradient of the flow, and keep their length within 1."""
    u, v, u_below, v_below = row[U], row[V], below[U], below[V]
    u_x, u_y, v_x, v_y = row[U_X], row[U_Y], row[V_X], row[V_Y]
    for x in range(1, width + 1):
        du_x, du_y = u[x + 1] - u[x], u_below[x] - u[x]
        dv_x, dv_y = v[x + 1] - v[x], v_below[x] - v[x]
        u_norm = ONE + step * _length(du_x, du_y)
        v_norm = ONE + step * _length(dv_x, dv_y)
        u_x[x] = (u_x[x] + step * du_x) / u_norm
        u_y[x] = (u_y[x] + step * du_y) / u_norm
        v_x[x] = (v_x[x] + step * dv_x) / v_norm
        v_y[x] = (v_y[x] + step * dv_y) / v_norm


@compiled
def _length(x: np.float32, y: np.float32) -> np.float32:
    """Return the length of (x, y) as the C library does: in double precision, so that the last bit is right."""
    long_x, long_y = np.float64(x), np.float64(y)
    return np.float32(np.sqrt(long_x * long_x + long_y * long_y))


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def _sum(row: Field, width: int) -> np.float32:
    """Return the sum of a row in any order, so that the compiler may add several numbers at once."""
    total = ZERO
    for x in range(1, width + 1):
        total += row[x]
    return total


@compiled
def _sum_one_by_one(fields: Field, width: int) -> np.float32:
    """Return the squared change as OpenCV sums it, in single precision, pixel after pixel."""
    total = ZERO
    for y in range(1, fields.shape[0]):
        for x in range(1, width + 1):
            total += fields[y, CHANGE, x]
    return total
