"""Crop, mirror and resize of many stacks at once on the device that the network runs on: two products of matrices.

What a network sees of a frame F (height, width) is R F C^T. Each row of R (size, height) has the weights of the pixels
that make one row of the result, each row of C (size, width) those of one column: the two pixels about a point, or all
that a pixel of the result covers. Boxes of any place and size, mirrored or not, differ in R and C alone.

Both kinds of weights are those of a trapezoid: pixel p has clip(r - |p - c|, 0, 1) w. About a point c that is the
bilinear weight with r = w = 1; of a stretch of s pixels about c it is the covered part of p with r = (s + 1) / 2 and
w = 1 / s.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twostream.streams.augmentation import SHRINKS_MUCH, Sight

Trapezoids = NDArray[np.float32]
"""Of n sights, for rows and for columns: the centres c of all outputs, then r, w, and whether the sight is mirrored.

The shape is (n, 2, size + 3).
"""


def trapezoids(sights: Sequence[Sight], size: int) -> Trapezoids:
    """Return the weights that resize what `sights` show to `size`, as `augmentation.resize_into` does."""
    numbers = np.empty((len(sights), 2, size + 3), np.float32)
    outputs = np.arange(size) + 0.5
    for sight, both in zip(sights, numbers, strict=True):
        box = sight.box
        shrinks = max(box.height, box.width) > SHRINKS_MUCH * size
        is_averaged = shrinks and min(box.height, box.width) >= size
        for axis, start, length in zip(both, (box.top, box.left), (box.height, box.width), strict=True):
            scale = length / size
            centres = outputs * scale - 0.5
            axis[:size] = start + (centres if is_averaged else centres.clip(0, length - 1))
            axis[size:] = ((scale + 1) / 2, 1 / scale, sight.is_mirrored) if is_averaged else (1, 1, sight.is_mirrored)
        if sight.is_mirrored:
            both[1, :size] = both[1, :size][::-1].copy()
    return numbers


def is_mirrored(numbers: Tensor) -> Tensor:
    """Return which of the sights (n,) are mirrored, of their trapezoids."""
    return numbers[:, 1, -1] > 0


def resample(frames: Tensor, numbers: Tensor, precision: torch.dtype) -> Tensor:
    """Return what the trapezoids `numbers` show of `frames` (n, planes, H, W): (n, planes, size, size), all uint8.

    Or all of them of the same `frames` (1, planes, H, W). It is that of `augmentation.resize_into` within a level,
    computed in `precision`; float16 is enough for that.
    """
    height, width = frames.shape[-2:]
    centres, reach, weight, _ = numbers[..., None].split([numbers.shape[-1] - 3, 1, 1, 1], dim=2)
    pixels = torch.arange(max(height, width), device=numbers.device)
    distance = (pixels - centres).abs_()
    rows, columns = (reach - distance).clamp_(0, 1).mul_(weight).to(precision).unbind(1)
    values = torch.matmul(frames.to(precision).flatten(1, 2), columns[..., :width].transpose(1, 2))
    values = torch.matmul(rows[:, None, :, :height], values.unflatten(1, frames.shape[1:3]))
    return values.round_().clamp_(0, 255).to(torch.uint8)
