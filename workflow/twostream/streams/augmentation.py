"""What happens to frames before a network sees them: crop, resize, mirror, colour; and the crops to test with.

Frames are uint8 tensors (..., channels, height, width); those of a video are all treated alike. Random numbers come
from the generator that is passed in. Crops are resized one by one: those of a batch differ in size, and OpenCV takes
a third of the time of the alternatives (`twostream bench loader`).
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transform

from twostream.streams.design import MODALITIES

SCALES = (1, 0.875, 0.75, 0.66)
"""Sides of a multi-scale crop over the frame's shorter side; height and width are at most one step apart."""
SHORT_SIDE_OVER_CROP = 256 / 224
"""Test crops of 224 pixels are cut from frames whose shorter side has 256, in TSN and after."""
SHRINKS_MUCH = 1.25
"""Ratio of sides beyond which a bilinear value, which is made of four pixels, would leave some pixels out."""


@dataclass(frozen=True)
class Box:
    """A rectangle of a frame, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def crop(self, frames: Tensor) -> Tensor:
        """Return a view of this part of `frames`."""
        return frames[..., self.top : self.top + self.height, self.left : self.left + self.width]


@dataclass(frozen=True)
class Sight:
    """What a network sees of a frame: a box, or its mirror image."""

    box: Box
    is_mirrored: bool = False


def whole(frames: Tensor) -> Box:
    """Return the box that is all of `frames`."""
    return Box(0, 0, frames.shape[-2], frames.shape[-1])


def random_box(height: int, width: int, smallest: float, largest: float, rng: np.random.Generator) -> Box:
    """Draw a square anywhere in the frame, its side `smallest` to `largest` of the frame's shorter side."""
    side = max(1, round(min(height, width) * rng.uniform(smallest, largest)))
    return Box(int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1)), side, side)


def multiscale_box(height: int, width: int, positions: int, rng: np.random.Generator) -> Box:
    """Draw a multi-scale corner crop (Wang et al., "Temporal Segment Networks", 2016, section 3.3)."""
    boxes = multiscale_boxes(height, width, positions)
    return boxes[int(rng.integers(len(boxes)))]


@cache
def multiscale_boxes(height: int, width: int, positions: int) -> tuple[Box, ...]:
    """Return all multi-scale crops: 10 shapes at each of `positions`, 5 (the corners and the middle) or 13.

    The 13 are those of TSN's code: the cells of a 5 x 5 grid over the slack whose row and column have equal parity.
    """
    sides = [int(min(height, width) * scale) for scale in SCALES]
    shapes = [(h, w) for i, h in enumerate(sides) for j, w in enumerate(sides) if abs(i - j) <= 1]
    grid = [(row, column) for row in range(5) for column in range(5) if (row - column) % 2 == 0]
    if positions == 5:
        grid = [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)]
    return tuple(
        Box(row * ((height - h) // 4), column * ((width - w) // 4), h, w) for h, w in shapes for row, column in grid
    )


def resize(frames: Tensor, size: int) -> Tensor:
    """Return frames (..., height, width) at (..., size, size).

    Bilinear, or area-averaged where a side shrinks much and the other does not grow.
    """
    resized = torch.empty(*frames.shape[:-2], size, size, dtype=torch.uint8)
    resize_into(frames, resized)
    return resized


def resize_into(frames: Tensor, out: Tensor) -> None:
    """Resize as `resize` does, into `out` (..., size, size)."""
    height, width = frames.shape[-2:]
    size = out.shape[-1]
    # INTER_AREA averages only where neither side grows; else it takes nearly the nearest pixel.
    is_averaged = min(height, width) >= size and max(height, width) > SHRINKS_MUCH * size
    method = cv2.INTER_AREA if is_averaged else cv2.INTER_LINEAR
    planes = frames.numpy().reshape(-1, height, width)
    for plane, target in zip(planes, out.numpy().reshape(-1, size, size), strict=True):
        cv2.resize(plane, (size, size), dst=target, interpolation=method)


def mirror(frames: Tensor, modality: str) -> Tensor:
    """Return the mirror images of frames (..., channels, height, width); those of flow have x negated.

    Flow 128 + q becomes 128 - q: 256 - x, which in eight bits is -x. Quantised flow has no 0, but JPEG may yield one.
    """
    mirrored = frames.flip(-1)
    if MODALITIES[modality].has_signed_x:
        mirrored[..., 0, :, :].clamp_(min=1).neg_()
    return mirrored


def negate_x(frames: Tensor, is_mirrored: Tensor) -> None:
    """Negate, in place, the x of those of the flow `frames` (n, ..., 2, height, width) that are mirrored, (n,)."""
    x = frames[..., 0, :, :]
    x.copy_(torch.where(is_mirrored.view(-1, *[1] * (x.ndim - 1)), x.clamp(min=1).neg_(), x))


@dataclass(frozen=True)
class Colours:
    """A change of colours: factors of brightness, contrast and saturation, and the turn of the hue in circles."""

    brightness: float
    contrast: float
    saturation: float
    hue: float


def draw_colours(strength: float, rng: np.random.Generator) -> Colours:
    """Draw a change of colours.

    Brightness, contrast and saturation are multiplied by 1 - strength to 1 + strength; hue turns by a quarter of
    `strength` of the circle at most.
    """
    brightness, contrast, saturation = rng.uniform(1 - strength, 1 + strength, size=3)
    return Colours(brightness, contrast, saturation, rng.uniform(-strength, strength) / 4)


def recolour(frames: Tensor, colours: Colours) -> Tensor:
    """Return RGB frames (..., 3, height, width) in other colours, the same change for all of them."""
    frames = transform.adjust_brightness(frames, colours.brightness)
    frames = _with_contrast(frames, colours.contrast)
    frames = transform.adjust_saturation(frames, colours.saturation)
    coloured: Tensor = transform.adjust_hue(frames, colours.hue)
    return coloured


def _with_contrast(frames: Tensor, factor: float) -> Tensor:
    """Scale contrast about the mean grey of the whole stack; a mean for each frame would make still pixels flicker."""
    mean: Tensor = transform.rgb_to_grayscale(frames).float().mean()
    return (mean + factor * (frames - mean)).clamp_(0, 255).to(torch.uint8)


def test_sights(height: int, width: int, crops: str) -> list[Sight]:
    """Return what is seen of a test frame; `crops` is one of `sampling.CROPS`.

    squash: the whole frame; centre: its middle; five: the corners and the middle; ten: these and their mirror images.
    """
    if crops == "squash":
        return [Sight(Box(0, 0, height, width))]
    side = round(min(height, width) / SHORT_SIDE_OVER_CROP)
    centre = Sight(Box(round((height - side) / 2), round((width - side) / 2), side, side))
    if crops == "centre":
        return [centre]
    corners = [Sight(Box(top, left, side, side)) for top in (0, height - side) for left in (0, width - side)]
    five = [*corners, centre]
    return five if crops == "five" else [*five, *(Sight(sight.box, is_mirrored=True) for sight in five)]


def test_views(frames: Tensor, crops: str, size: int, modality: str) -> Tensor:
    """Return the views of `frames` (length, channels, height, width): (views, length, channels, size, size).

    They are the sights of `test_sights`.
    """
    sights = test_sights(frames.shape[-2], frames.shape[-1], crops)
    views = torch.stack([resize(sight.box.crop(frames), size) for sight in sights if not sight.is_mirrored])
    return torch.cat([views, mirror(views, modality)]) if crops == "ten" else views
