"""Views of videos to test with: crops of the stacks at some starts, uint8 until they are on the device."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from twostream.compute.hardware import Runtime
from twostream.streams import augmentation, raw, sampling
from twostream.streams.buffers import AHEAD, BatchBuffers
from twostream.streams.design import Design
from twostream.streams.raw import RawStacks, RawViews
from twostream.streams.resampling import trapezoids


class Shaped(Protocol):
    """Frames of one shape, (C, H, W)."""

    def __len__(self) -> int: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a frame."""


class OpenVideo(Protocol):
    """A video whose frames can be read, in a file or in memory."""

    @property
    def frames(self) -> Shaped:
        """What all frames have in common."""

    @property
    def step(self) -> int:
        """Of flow: how many frames lie between those that a field is computed from."""

    def read_into(self, start: int, out: NDArray[np.uint8]) -> None:
        """Fill `out` (length, C, H, W) with the frames from `start` on; after the last one it is repeated."""


class Reader(Protocol):
    """Videos by their ids: a `StackReader`, or frames in memory."""

    def open(self, video: str) -> OpenVideo:
        """Return a video."""


Request = tuple[str, Sequence[int]]
"""A video, by its id, and the starts of some stacks in it."""


class EvaluationViews(Dataset[Tensor | RawViews]):
    """Views of videos at some starts, cropped or, if the device crops, raw."""

    def __init__(self, reader: Reader, design: Design, size: int, crops: str, device_crops: bool = False) -> None:
        self.reader = reader
        self.design = design
        self.size = size
        self.crops = crops
        self.device_crops = device_crops
        self.buffers = BatchBuffers(AHEAD + 2 if device_crops else AHEAD + 1)

    def __getitem__(self, requests: Sequence[Request]) -> Tensor | RawViews:
        """Return the views of the videos at these starts; `prepare` makes of them what a network takes."""
        return self._raw(requests) if self.device_crops else self._cropped(requests)

    def prepare(self, views: Tensor | RawViews, runtime: Runtime) -> tuple[Tensor]:
        """Return the views (starts x views, frames x channels, size, size) uint8, on the device."""
        if isinstance(views, Tensor):
            return (runtime.to_device(views),)
        return (views.see(self.design.modality, runtime),)

    def _cropped(self, requests: Sequence[Request]) -> Tensor:
        self.buffers.begin()
        for video, starts in requests:
            stored = self.reader.open(video)
            frames, stacks = self._frames(starts, stored)
            content = np.empty((len(frames), *stored.frames.shape), np.uint8)
            _read(stored, frames, content)
            views = augmentation.test_views(torch.from_numpy(content), self.crops, self.size, self.design.modality)
            clips = self.buffers.append(len(starts), len(views), self.design.frames, *views.shape[2:])
            for clip, stack in zip(clips, stacks, strict=True):
                torch.index_select(views, 1, stack, out=clip)
        return self.buffers.batch().view(-1, self.design.frames * self.design.sees.channels, self.size, self.size)

    def _raw(self, requests: Sequence[Request]) -> RawViews:
        parts: list[RawStacks] = []
        self.buffers.begin(len(requests))
        for video, starts in requests:
            stored = self.reader.open(video)
            frames, stacks = self._frames(starts, stored)
            if raw.is_large(stored.frames.shape, self.size):
                content = np.empty((len(frames), *stored.frames.shape), np.uint8)
                _read(stored, frames, content)
                parts.append(self._resized(content, stacks.numpy()))
            else:
                content = self.buffers.append(len(frames), *stored.frames.shape).numpy()
                _read(stored, frames, content)
                self._add(parts, content.shape, stacks.numpy())
        return RawViews(content=self.buffers.batch_to_send(), parts=tuple(parts))

    def _resized(self, content: NDArray[np.uint8], stacks: NDArray[np.int64]) -> RawStacks:
        """Put the views of the frames `content`, resized, into the buffer."""
        views = augmentation.test_views(torch.from_numpy(content), self.crops, self.size, self.design.modality)
        self.buffers.append(*views.shape).copy_(views)
        return RawStacks(shape=tuple(views.shape), trapezoids=None, positions=stacks)

    def _add(self, parts: list[RawStacks], shape: tuple[int, ...], stacks: NDArray[np.int64]) -> None:
        """Add frames that lie in the buffer to the last of the `parts` if they are of one size, else as a new one."""
        if parts and parts[-1].trapezoids is not None and parts[-1].shape[1:] == shape[1:]:
            last = parts.pop()
            positions = np.concatenate([last.positions, stacks + last.shape[0]])
            parts.append(replace(last, shape=(last.shape[0] + shape[0], *shape[1:]), positions=positions))
        else:
            sights = augmentation.test_sights(shape[-2], shape[-1], self.crops)
            parts.append(RawStacks(shape=shape, trapezoids=trapezoids(sights, self.size), positions=stacks))

    def _frames(self, starts: Sequence[int], stored: OpenVideo) -> tuple[NDArray[np.int64], Tensor]:
        """Return the frames that the stacks at `starts` are made of, in order, and where in them each stack's are.

        Stacks overlap, in short videos many times: each frame is read and resized once.
        """
        if stored.step != 1:
            starts = sampling.in_steps(starts, stored.step, len(stored.frames), self.design.frames).tolist()
        stacks = np.add.outer(starts, np.arange(self.design.frames))
        frames, positions = np.unique(stacks, return_inverse=True)
        return frames, torch.from_numpy(positions.reshape(stacks.shape))


def _read(stored: OpenVideo, frames: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Read these `frames` of a video, which are in order, into `out` (n, C, H, W)."""
    edges = [0, *(np.flatnonzero(np.diff(frames) > 1) + 1), len(frames)]
    for begin, end in pairwise(edges):
        stored.read_into(int(frames[begin]), out[begin:end])
