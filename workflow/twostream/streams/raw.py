"""Batches of frames as they are stored, and what a network is to see of them: the device does all but read them.

The frames of a batch are one array of bytes, which is copied to the device at once. The rest of a batch is small, and
in NumPy's arrays: a loader's process sends these as they are, but shared memory for every tensor.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twostream.compute.hardware import Runtime
from twostream.streams import augmentation, resampling
from twostream.streams.augmentation import Colours
from twostream.streams.buffers import BatchBytes
from twostream.streams.design import MODALITIES
from twostream.streams.resampling import Trapezoids, resample

LARGE = 8
"""Frames with more than so many times the pixels of the network's input are resized before they are sent."""


def is_large(shape: Sequence[int], size: int) -> bool:
    """Return whether frames of `shape` (channels, height, width) are resized before they are sent, not after."""
    return shape[-2] * shape[-1] > LARGE * size**2


@dataclass(frozen=True, kw_only=True)
class RawClips:
    """The frames of the videos of a batch to train on, and their labels (videos,).

    `content` has the bytes of one video after another, `shapes` the shape (n, channels, height, width) of each one's
    frames; what is seen of them is in `trapezoids`, a row a video, and `colours`, if these change.
    """

    content: BatchBytes
    shapes: tuple[tuple[int, ...], ...]
    trapezoids: Trapezoids
    colours: tuple[Colours, ...]
    labels: NDArray[np.int64]

    def see(self, modality: str, runtime: Runtime) -> Tensor:
        """Return what the network sees, on the device: (videos, n, channels, size, size) uint8."""
        numbers = runtime.small_to_device(torch.from_numpy(self.trapezoids))
        content = runtime.to_device(self.content.tensor)
        clips = self._resampled(content, numbers, runtime.resize_precision)
        if MODALITIES[modality].has_signed_x:
            augmentation.negate_x(clips, resampling.is_mirrored(numbers))
        for clip, colours in zip(clips, self.colours, strict=False):
            clip.copy_(augmentation.recolour(clip, colours))
        return clips

    def _resampled(self, content: Tensor, numbers: Tensor, precision: torch.dtype) -> Tensor:
        """Return the resized frames; those of one size are resized together."""
        first = self.shapes[0]
        if all(shape == first for shape in self.shapes):
            frames = content.view(len(self.shapes), first[0] * first[1], *first[2:])
            same_size: Tensor = resample(frames, numbers, precision).unflatten(1, first[:2])
            return same_size
        videos = content.split([torch.Size(shape).numel() for shape in self.shapes])
        same = defaultdict(list)
        for number, shape in enumerate(self.shapes):
            same[shape].append(number)
        clips: dict[int, Tensor] = {}
        for shape, members in same.items():
            frames = torch.stack([videos[number].view(-1, *shape[2:]) for number in members])
            # Picked one by one: an index would have to be copied to the device.
            rows = torch.stack([numbers[number] for number in members])
            clips |= dict(zip(members, resample(frames, rows, precision).unflatten(1, shape[:2]), strict=True))
        return torch.stack([clips[number] for number in range(len(self.shapes))])


@dataclass(frozen=True, kw_only=True)
class RawStacks:
    """Stacks to score: the `shape` (n, channels, height, width) of some frames, and what is seen of each.

    `positions` (stacks, length) say which of the frames make each stack. Where the frames are resized already, `shape`
    is (views, n, channels, size, size), and `trapezoids` None.
    """

    shape: tuple[int, ...]
    trapezoids: Trapezoids | None
    positions: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class RawViews:
    """The frames of the videos of a batch to score: `content` has the bytes of one part after another."""

    content: BatchBytes
    parts: tuple[RawStacks, ...]

    def see(self, modality: str, runtime: Runtime) -> Tensor:
        """Return the stacks of all views, on the device: (stacks x views, length x channels, size, size) uint8."""
        sizes = [torch.Size(part.shape).numel() for part in self.parts]
        content = runtime.to_device(self.content.tensor).split(sizes)
        every = []
        for part, frames in zip(self.parts, content, strict=True):
            views = _views(frames.view(part.shape), part.trapezoids, modality, runtime)
            stacks = views[:, runtime.small_to_device(torch.from_numpy(part.positions))]
            every.append(stacks.transpose(0, 1).flatten(0, 1).flatten(1, 2))
        return torch.cat(every) if len(every) > 1 else every[0]


def _views(frames: Tensor, trapezoids: Trapezoids | None, modality: str, runtime: Runtime) -> Tensor:
    """Return all that is seen of `frames` (n, channels, height, width): (views, n, channels, size, size)."""
    if trapezoids is None:
        return frames
    numbers = runtime.small_to_device(torch.from_numpy(trapezoids))
    flat = resample(frames.flatten(0, 1)[None], numbers, runtime.resize_precision)
    views: Tensor = flat.unflatten(1, frames.shape[:2])
    if MODALITIES[modality].has_signed_x:
        augmentation.negate_x(views, resampling.is_mirrored(numbers))
    return views
