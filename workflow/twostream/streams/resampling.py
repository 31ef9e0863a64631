"""Crop, mirror and resize of many stacks at once on the device that the network runs on: two products of matrices.

What a network sees of a frame F (height, width) is R F C^T. Each row of R (size, height) has the weights of the pixels
that make one row of the result, each row of C (size, width) those of one column: the two pixels about a point, or all
that a pixel of the result covers. Boxes of any place and size, mirrored or not, differ in R and C alone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from twostream.streams.augmentation import SHRINKS_MUCH, Sight


def sights_tensor(sights: Sequence[Sight]) -> Tensor:
    """Return the numbers of `sights` (n, 5), to go to the device."""
    return torch.tensor([sight.numbers() for sight in sights])


def resample(frames: Tensor, sights: Tensor, size: int, precision: torch.dtype) -> Tensor:
    """Return what `sights` (n, 5) show of uint8 `frames` (n, planes, H, W): (n, planes, size, size) uint8.

    Or of `frames` (1, planes, H, W), which all of them show. It is that of `augmentation.resize_into` within a level,
    computed in `precision`; float16 is enough for that.
    """
    top, left, height, width, is_mirrored = sights.float()[..., None].unbind(1)
    # As in `augmentation.resize_into`.
    shrinks = torch.maximum(height, width) > SHRINKS_MUCH * size
    is_averaged = shrinks & (torch.minimum(height, width) >= size)
    outputs = torch.arange(size, device=sights.device).expand(len(sights), size)
    columns = torch.where(is_mirrored > 0, outputs.flip(-1), outputs)
    by_column = _weights(columns, left, width, is_averaged, frames.shape[-1]).to(precision)
    by_row = _weights(outputs, top, height, is_averaged, frames.shape[-2]).to(precision)
    values = torch.matmul(frames.to(precision).flatten(1, 2), by_column.transpose(1, 2))
    values = torch.matmul(by_row[:, None], values.unflatten(1, frames.shape[1:3]))
    return values.round_().clamp_(0, 255).to(torch.uint8)


def _weights(outputs: Tensor, start: Tensor, length: Tensor, is_averaged: Tensor, extent: int) -> Tensor:
    """Return the weights (n, size, extent) of `extent` pixels in each of the `outputs` (n, size) of a resized part.

    The part is `length` pixels from `start` on, both (n, 1), and is resized to as many as there are outputs.
    """
    scale = length / outputs.shape[1]
    pixels = torch.arange(extent, device=outputs.device)
    points = torch.minimum(((outputs + 0.5) * scale - 0.5).clamp_(min=0), length - 1) + start
    bilinear = (1 - (pixels - points[..., None]).abs()).clamp_(min=0)
    first = (start + outputs * scale)[..., None]
    covered = torch.minimum(pixels + 1, first + scale[..., None]) - torch.maximum(pixels, first)
    return torch.where(is_averaged[..., None], covered.clamp_(min=0) / scale[..., None], bilinear)
