"""TV-L1 in torch: many pairs at once, of one video or several.

Where there are CUDA and Triton, the module `cuda` does all of it. Elsewhere torch's own operations do, on CUDA or the
CPU.

Every operation rounds as OpenCV's does, in the same order, for the reason that `fused` gives. Only the sum that tells
whether a pair has settled is taken in another order, so that a pair may stop an iteration sooner or later. A pair that
has settled is left as it is while the others go on, so that a batch gives what its pairs would give alone.

Shapes: N pairs; images (N, H, W); flow (N, 2, H, W), x and y; dual variables (N, 2, 2, H, W), of either
component along x and y.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import chain, pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from twostream.compute import hardware
from twostream.flow.parameters import TVL1, Flow, Grey, Pair, level_sizes
from twostream.flow.quantise import Stored

FLAT = torch.finfo(torch.float32).eps
"""A squared gradient up to this gives no direction."""

SUBPIXELS = 32
"""OpenCV warps by steps of 1/32 pixel."""

OUTSIDE = 4
"""Pixels of zeros that an image is padded with: the 4 x 4 pixels of a warp reach as far."""

BETWEEN_CHECKS = 5
"""Iterations before it is asked again whether all pairs have settled: for the answer the host waits for CUDA."""


def solve(greys: Iterator[Grey], tvl1: TVL1, device: str = "auto", batch: int = 32) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) uint8 to the next, `batch` at once."""
    return _solve(pairwise(greys), tvl1, torch.Tensor.clone, device, batch)


def solve_quantised(
    pairs: Iterator[Pair | None], tvl1: TVL1, bound: float, device: str = "auto", batch: int = 32
) -> Iterator[Stored]:
    """Yield the flow (2, height, width) of each pair of grey frames, quantised where it was computed.

    All pairs have one size. None among them says that no other is ready: a batch that is not full is computed then.
    """
    return _solve(pairs, tvl1, partial(quantise_tensor, bound=bound), device, batch)


def quantise_tensor(flow: Tensor, bound: float) -> Tensor:
    """Return what `quantise` returns, of any shape, on the device of `flow`."""
    scale = float(np.float32(127 / bound))
    return (flow.clamp(-bound, bound) * scale).round_().add_(128).to(torch.uint8)


@torch.inference_mode()
def _solve(
    pairs: Iterator[Pair | None], tvl1: TVL1, finish: Callable[[Tensor], Tensor], device: str, batch: int
) -> Iterator[NDArray[Any]]:
    """Yield what `finish` makes of the flow (2, H, W) of each pair, `batch` pairs at once; None is as above."""
    where = hardware.device(device, threads=1)
    if where.type == "cuda" and find_spec("triton"):
        from twostream.flow import cuda

        yield from cuda.solve(pairs, tvl1, finish, where, batch)
        return
    for one_batch in _batches(pairs, batch):
        frames = [frame for side in zip(*one_batch, strict=True) for frame in side]
        flow = _coarse_to_fine(torch.from_numpy(np.stack(frames)).to(where, torch.float32), tvl1)
        yield from finish(flow).cpu().numpy()


def _batches(pairs: Iterator[Pair | None], batch: int) -> Iterator[list[Pair]]:
    """Yield lists of at most `batch` pairs, each as soon as it is full or no other pair is ready."""
    ready: list[Pair] = []
    for pair in chain(pairs, [None]):
        if pair is not None:
            ready.append(pair)
        if ready and (pair is None or len(ready) == batch):
            yield ready
            ready = []


def _coarse_to_fine(frames: Tensor, tvl1: TVL1) -> Tensor:
    """Return the flow (N, 2, H, W) of N pairs of frames (2 N, H, W): their first ones, then their second ones."""
    count = len(frames) // 2
    pyramid = [frames]
    for size in level_sizes(frames.shape[1:], tvl1)[1:]:
        pyramid.append(_resize(pyramid[-1], size, 1 / tvl1.scale_step))
    flow = frames.new_zeros(count, 2, *pyramid[-1].shape[1:])
    for level in reversed(pyramid):
        if flow.shape[2:] != level.shape[1:]:
            flow = _resize(flow, level.shape[1:]) * (1 / tvl1.scale_step)
        flow = _refine(flow, level[:count], level[count:], tvl1)
    return flow


def _refine(flow: Tensor, before: Tensor, after: Tensor, tvl1: TVL1) -> Tensor:
    """Return the flow (N, 2, H, W) from `before` to `after` (N, H, W), improved at the size of their level."""
    dual = flow.new_zeros(len(flow), 2, *flow.shape[1:])
    linear = torch.stack([after, *_central_differences(after)], dim=1)
    for _ in range(tvl1.warps):
        warped = _warp(linear, flow)
        gradient = warped[:, 1:]
        residual = warped[:, :1] - gradient[:, :1] * flow[:, :1] - gradient[:, 1:] * flow[:, 1:] - before[:, None]
        flow, dual = _minimise(flow, dual, gradient, residual, tvl1)
    return flow


def _minimise(flow: Tensor, dual: Tensor, gradient: Tensor, residual: Tensor, tvl1: TVL1) -> tuple[Tensor, Tensor]:
    """Iterate until every pair has settled, with a median filter before every `inner_iterations`."""
    square = gradient[:, :1].square() + gradient[:, 1:].square()
    active = torch.ones(len(flow), 1, 1, 1, dtype=torch.bool, device=flow.device)
    threshold = tvl1.epsilon**2 * residual[0].numel()
    weights = tvl1.lambda_ * tvl1.theta, tvl1.theta, tvl1.tau / tvl1.theta
    for _ in range(tvl1.outer_iterations):
        if tvl1.median_filter > 1:
            flow = torch.where(active, _median(flow, tvl1.median_filter), flow)
        for count in range(tvl1.inner_iterations):
            if count % BETWEEN_CHECKS == 0 and not active.any():
                return flow, dual
            flow, dual, active = _iterate(flow, dual, active, gradient, square, residual, threshold, weights)
    return flow, dual


def _iterate(
    flow: Tensor,
    dual: Tensor,
    active: Tensor,
    gradient: Tensor,
    square: Tensor,
    residual: Tensor,
    threshold: float,
    weights: tuple[float, float, float],
) -> tuple[Tensor, Tensor, Tensor]:
    """Update the flow, then the dual variables, of the `active` pairs; return both, and which pairs stay active.

    A pair stays active while the squared change of its flow is above `threshold`. Of OpenCV's parameters, `weights` are
    lambda theta, theta and tau / theta.
    """
    reach, theta, step = weights
    excess = residual + (gradient[:, :1] * flow[:, :1] + gradient[:, 1:] * flow[:, 1:])
    limit = reach * square
    times = torch.where(square > FLAT, -excess / square, 0.0)
    times = torch.where(excess > limit, -reach, times)
    times = torch.where(excess < -limit, reach, times)
    new_flow = (flow + times * gradient) + theta * _divergence(dual)
    change = (new_flow - flow).square().sum((1, 2, 3), keepdim=True)
    slope = torch.stack([pad(new_flow.diff(dim=-1), (0, 1)), pad(new_flow.diff(dim=-2), (0, 0, 0, 1))], dim=2)
    length = slope.double().square().sum(2, keepdim=True).sqrt().float()
    new_dual = (dual + step * slope) / (1 + step * length)
    flow = torch.where(active, new_flow, flow)
    dual = torch.where(active[:, None], new_dual, dual)
    return flow, dual, active & (change > threshold)


def _divergence(dual: Tensor) -> Tensor:
    """Return the divergence (N, 2, H, W) of `dual`: backward differences, with zeros before the first row and column.

    OpenCV sums the first column in another order.
    """
    along, across = dual[:, :, 0], dual[:, :, 1]
    above = pad(across, (0, 0, 1, 0))[..., :-1, :]
    first = along[..., :1] + across[..., :1] - above[..., :1]
    others = along.diff(dim=-1) + (across - above)[..., 1:]
    return torch.cat([first, others], dim=-1)


def _central_differences(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradient of images (N, H, W) along x and along y: half the difference of the two neighbours.

    At a border the pixel itself stands for the missing neighbour.
    """
    padded = pad(image[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    along = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    across = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    return along * 0.5, across * 0.5


def _resize(images: Tensor, size: Sequence[int], factor: float | None = None) -> Tensor:
    """Return images (..., H, W) at another `size` (height, width), bilinear, without smoothing.

    A new pixel is `factor` old ones wide; without a factor, the ratio of the sizes.
    """
    for dim, length in ((-1, size[1]), (-2, size[0])):
        last = images.shape[dim] - 1
        width = factor if factor else (last + 1) / length
        at = ((torch.arange(length, dtype=torch.float64, device=images.device) + 0.5) * width - 0.5).clamp(0, last)
        # OpenCV's own rule for the last pixel, which is another one where images grow.
        near = at.long().clamp(max=last - (width > 1))
        share = (at - near).float().view([-1] + [1] * (-1 - dim))
        left, right = images.index_select(dim, near), images.index_select(dim, (near + 1).clamp(max=last))
        images = _fused(right - left, share, left)
    return images


def _warp(images: Tensor, flow: Tensor) -> Tensor:
    """Return `images` (N, C, H, W) seen from where the flow leads, bicubic; zero outside.

    OpenCV sums down the four columns, then over them; where some of the 4 x 4 pixels are outside, along the rows.
    """
    height, width = images.shape[2:]
    column, columns, x_inside = _taps(torch.arange(width, device=flow.device) + flow[:, 0], width)
    row, rows, y_inside = _taps(torch.arange(height, device=flow.device)[:, None] + flow[:, 1], height)
    padded = pad(images, (OUTSIDE,) * 4)
    first = row * padded.shape[3] + column
    sums = [torch.zeros_like(images) for _ in range(4)]
    along_rows = torch.zeros_like(images)
    for j in range(4):
        for i in range(4):
            index = (first + (j * padded.shape[3] + i)).flatten(1)[:, None].expand(-1, images.shape[1], -1)
            pixel = padded.flatten(2).gather(2, index).view_as(images)
            weight = (rows[j] * columns[i])[:, None]
            sums[i] = _fused(pixel, weight, sums[i])
            along_rows = along_rows + pixel * weight
    down_columns = (sums[0] + sums[2]) + (sums[1] + sums[3])
    return torch.where((x_inside & y_inside)[:, None], down_columns, along_rows)


def _taps(at: Tensor, length: int) -> tuple[Tensor, list[Tensor], Tensor]:
    """Return the first of four padded pixels around `at`, their cubic weights (a = -0.75), and whether all are inside.

    `at` are places in pixels along an axis of so many pixels (`length`), which the padding shifts by `OUTSIDE`.
    """
    steps = (at * SUBPIXELS).round()
    cell = (steps / SUBPIXELS).floor()
    t = steps / SUBPIXELS - cell
    a = -0.75
    weights = [
        ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
        ((a + 2) * t - (a + 3)) * t * t + 1,
        ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1,
    ]
    weights.append(1 - weights[0] - weights[1] - weights[2])
    first = cell.clamp(1 - OUTSIDE, length + 1).long() + (OUTSIDE - 1)
    return first, weights, (cell >= 1) & (cell < length - 2)


def _fused(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Return a * b + c, rounded once, as processors with fused arithmetic do it."""
    return (a.double() * b.double() + c.double()).float()


def _median(fields: Tensor, width: int) -> Tensor:
    """Return the median of the `width` x `width` pixels around each one of `fields` (..., H, W).

    Beyond a border the pixel at the border is repeated. Of more than half of the pixels, two more than that half, the
    least and the greatest cannot be the median: they make way for another pixel, until one is left.
    """
    height, length = fields.shape[2:]
    padded = pad(fields, (width // 2,) * 4, mode="replicate")
    rest = [padded[..., y : y + height, x : x + length] for y in range(width) for x in range(width)]
    size = len(rest) // 2 + 2
    pile, rest = rest[:size], rest[size:]
    while len(pile) > 1:
        for i in range(1, len(pile)):
            pile[0], pile[i] = torch.minimum(pile[0], pile[i]), torch.maximum(pile[0], pile[i])
        for i in range(1, len(pile) - 1):
            pile[i], pile[-1] = torch.minimum(pile[i], pile[-1]), torch.maximum(pile[i], pile[-1])
        pile, rest = pile[1:-1] + rest[:1], rest[1:]
    return pile[0]
