"""What is done to frames before a network sees them: crop and resize, mirror, colour, and the crops to test with.

Frames are uint8 tensors (..., channels, height, width), those of a video all treated alike. What is random
is drawn from the generator that is handed in. Crops are resized one by one: those of a batch differ in
size, and OpenCV does it in a third of the time of the alternatives (`twostream bench loader`).
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transform

SCALES = (1, 0.875, 0.75, 0.66)
"""Sides of a multi-scale crop over the shorter side of the frame; height and width are a step apart at most."""
SHORT_SIDE_OVER_CROP = 256 / 224
"""Test crops of 224 pixels are cut from frames whose shorter side has 256, in TSN and after."""
VIEWS = {"squash": 1, "centre": 1, "five": 5, "ten": 10}
"""How many each way of cropping to test gives."""
SHRINKS_MUCH = 1.25
"""Beyond, a bilinear value, which is that of four pixels, leaves some of them out."""


@dataclass(frozen=True)
class Box:
    """A part of a frame, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def of(self, frames: Tensor) -> Tensor:
        return frames[..., self.top : self.top + self.height, self.left : self.left + self.width]


def random_box(height: int, width: int, smallest: float, largest: float, rng: np.random.Generator) -> Box:
    """A square anywhere in the frame, of `smallest` to `largest` of its shorter side."""
    side = max(1, round(min(height, width) * rng.uniform(smallest, largest)))
    return Box(int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1)), side, side)


def multiscale_box(height: int, width: int, positions: int, rng: np.random.Generator) -> Box:
    """A multi-scale corner crop (Wang et al., "Temporal Segment Networks", 2016, section 3.3)."""
    boxes = multiscale_boxes(height, width, positions)
    return boxes[int(rng.integers(len(boxes)))]


@cache
def multiscale_boxes(height: int, width: int, positions: int) -> tuple[Box, ...]:
    """All that there are: 10 shapes in each of `positions`, 5 (the corners and the middle) or 13.

    The 13 are those of TSN's code: of the frame's slack, in quarters, as many down and across as are an even number
    apart.
    """
    sides = [int(min(height, width) * scale) for scale in SCALES]
    shapes = [(h, w) for i, h in enumerate(sides) for j, w in enumerate(sides) if abs(i - j) <= 1]
    grid = [(down, across) for down in range(5) for across in range(5) if (down - across) % 2 == 0]
    if positions == 5:
        grid = [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)]
    return tuple(
        Box(down * ((height - h) // 4), across * ((width - w) // 4), h, w) for h, w in shapes for down, across in grid
    )


def resized(frames: Tensor, size: int) -> Tensor:
    """Frames (..., height, width) at (..., size, size).

    Bilinear, or area-averaged where a side shrinks much and the other does not grow.
    """
    made = torch.empty(*frames.shape[:-2], size, size, dtype=torch.uint8)
    resize(frames, made)
    return made


def resize(frames: Tensor, made: Tensor) -> None:
    """As `resized`, into `made`."""
    height, width = frames.shape[-2:]
    size = made.shape[-1]
    # OpenCV averages where neither side grows, and else, when told to, takes nearly the nearest pixel.
    is_averaged = min(height, width) >= size and max(height, width) > SHRINKS_MUCH * size
    method = cv2.INTER_AREA if is_averaged else cv2.INTER_LINEAR
    planes = frames.numpy().reshape(-1, height, width)
    for plane, target in zip(planes, made.numpy().reshape(-1, size, size), strict=True):
        cv2.resize(plane, (size, size), dst=target, interpolation=method)


def mirror(frames: Tensor, modality: str) -> Tensor:
    """Frames (..., channels, height, width) seen in a mirror: of flow, x changes its sign too.

    Flow 128 + q becomes 128 - q: 256 - x, which in eight bits is -x. Quantised flow has no 0, which JPEG may bring.
    """
    mirrored = frames.flip(-1)
    if modality == "flow":
        mirrored[..., 0, :, :].clamp_(min=1).neg_()
    return mirrored


def jitter(frames: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """RGB frames (..., 3, height, width) in other colours, all in the same.

    Brightness, contrast and saturation are multiplied by 1 - strength to 1 + strength; hue turns by a quarter of
    `strength` of the circle at most.
    """
    brightness, contrast, saturation = rng.uniform(1 - strength, 1 + strength, size=3)
    frames = transform.adjust_brightness(frames, brightness)
    frames = _with_contrast(frames, contrast)
    frames = transform.adjust_saturation(frames, saturation)
    return transform.adjust_hue(frames, rng.uniform(-strength, strength) / 4)


def _with_contrast(frames: Tensor, factor: float) -> Tensor:
    """Frames further from the grey that is the mean of them all: of each alone, what is still would seem to move."""
    mean = transform.rgb_to_grayscale(frames).float().mean()
    return (mean + factor * (frames - mean)).clamp_(0, 255).to(torch.uint8)


def test_views(frames: Tensor, crops: str, size: int, modality: str) -> Tensor:
    """The views of `frames` (length, channels, height, width): (views, length, channels, size, size).

    squash: the whole frame; centre: its middle; five: the corners and the middle; ten: these and their mirror images.
    """
    if crops == "squash":
        return resized(frames, size)[None]
    height, width = frames.shape[-2:]
    side = round(min(height, width) / SHORT_SIDE_OVER_CROP)
    if crops == "centre":
        return resized(transform.center_crop(frames, [side, side]), size)[None]
    five = torch.stack([resized(view, size) for view in transform.five_crop(frames, [side, side])])
    return five if crops == "five" else torch.cat([five, mirror(five, modality)])
