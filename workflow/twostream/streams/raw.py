"""Batches of frames as they are stored, and what a network is to see of them: the device does all but read them.

A batch is one array of bytes, so that it is copied to the device at once, from pinned memory.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from twostream.compute.hardware import Runtime
from twostream.streams import augmentation
from twostream.streams.augmentation import Colours
from twostream.streams.design import MODALITIES
from twostream.streams.resampling import resample

LARGE = 8
"""Frames with more than so many times the pixels of the network's input are resized before they are sent."""


def is_large(shape: Sequence[int], size: int) -> bool:
    """Return whether frames of `shape` (channels, height, width) are resized before they are sent, not after."""
    return shape[-2] * shape[-1] > LARGE * size**2


@dataclass(frozen=True, kw_only=True)
class Raw:
    """The frames of some videos: their bytes one after another, and the shape of each video's.

    `sights` (n, 5) are the numbers of what a network sees of them, see `augmentation.Sight`.
    """

    content: Tensor
    shapes: tuple[tuple[int, ...], ...]
    sights: Tensor

    def pin_memory(self) -> Self:
        """Return the batch in memory that is copied to a GPU while both sides go on."""
        return replace(self, content=self.content.pin_memory(), sights=self.sights.pin_memory())

    def to_device(self, runtime: Runtime) -> Self:
        """Return the batch on the device."""
        return replace(self, content=runtime.to_device(self.content), sights=runtime.to_device(self.sights))

    def videos(self) -> list[Tensor]:
        """Return the frames of each video."""
        parts = self.content.split([torch.Size(shape).numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]


@dataclass(frozen=True, kw_only=True)
class RawClips(Raw):
    """Frames (n, channels, height, width) of each video to train on, with a sight each and, if set, colours."""

    colours: tuple[Colours, ...] = ()

    def see(self, size: int, modality: str, precision: torch.dtype) -> Tensor:
        """Return what the network sees: (videos, n, channels, size, size) uint8."""
        seen = _see_each(self.videos(), self.sights, size, precision)
        if MODALITIES[modality].has_signed_x:
            augmentation.negate_x(seen, self.sights[:, 4] > 0)
        for clip, colours in zip(seen, self.colours, strict=False):
            clip.copy_(augmentation.recolour(clip, colours))
        return seen


@dataclass(frozen=True, kw_only=True)
class RawViews(Raw):
    """Frames (n, channels, height, width) of each video to score, all with the same number of sights.

    `positions` (stacks, length) say of which of them each stack is made. Frames of five axes are views already.
    """

    positions: tuple[Tensor, ...]

    def to_device(self, runtime: Runtime) -> Self:
        """Return the batch on the device."""
        positions = tuple(runtime.to_device(each) for each in self.positions)
        return replace(super().to_device(runtime), positions=positions)

    def pin_memory(self) -> Self:
        """Return the batch in memory that is copied to a GPU while both sides go on."""
        return replace(super().pin_memory(), positions=tuple(each.pin_memory() for each in self.positions))

    def see(self, size: int, modality: str, precision: torch.dtype) -> Tensor:
        """Return the stacks of all views: (stacks x views, length x channels, size, size) uint8."""
        every = []
        sights = self.sights.split(len(self.sights) // len(self.shapes))
        for frames, boxes, positions in zip(self.videos(), sights, self.positions, strict=True):
            views = frames if frames.ndim == 5 else _views(frames, boxes, size, modality, precision)
            every.append(views[:, positions].transpose(0, 1).flatten(0, 1).flatten(1, 2))
        return torch.cat(every)


def _views(frames: Tensor, sights: Tensor, size: int, modality: str, precision: torch.dtype) -> Tensor:
    """Return all sights of `frames` (n, channels, height, width): (sights, n, channels, size, size)."""
    seen: Tensor = resample(frames.flatten(0, 1)[None], sights, size, precision).unflatten(1, frames.shape[:2])
    if MODALITIES[modality].has_signed_x:
        augmentation.negate_x(seen, sights[:, 4] > 0)
    return seen


def _see_each(videos: Sequence[Tensor], sights: Tensor, size: int, precision: torch.dtype) -> Tensor:
    """Return each video's frames by its own sight: (videos, n, channels, size, size).

    Those of one size are resized together.
    """
    numbers = defaultdict(list)
    for number, frames in enumerate(videos):
        numbers[frames.shape].append(number)
    seen: dict[int, Tensor] = {}
    for same in numbers.values():
        frames = torch.stack([videos[number] for number in same])
        # Picked one by one: an index would have to be copied to the device.
        rows = torch.stack([sights[number] for number in same])
        resized = resample(frames.flatten(1, 2), rows, size, precision).unflatten(1, frames.shape[1:3])
        seen |= dict(zip(same, resized, strict=True))
    return torch.stack([seen[number] for number in range(len(videos))])
