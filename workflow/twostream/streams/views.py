"""Views of videos to test with: crops of the stacks at some starts, uint8 until they are on the device."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from twostream.compute.hardware import Runtime
from twostream.stacks.reader import StackReader, StoredVideo
from twostream.streams import augmentation, raw
from twostream.streams.buffers import BatchBuffers
from twostream.streams.design import Design
from twostream.streams.raw import RawViews
from twostream.streams.resampling import sights_tensor

Request = tuple[str, Sequence[int]]
"""A video, by its id, and the starts of some stacks in it."""


class TestViews(Dataset[Tensor | RawViews]):
    """Views of videos at some starts, cropped or, if the device crops, raw."""

    def __init__(self, reader: StackReader, design: Design, size: int, crops: str, device_crops: bool = False) -> None:
        self.reader = reader
        self.design = design
        self.size = size
        self.crops = crops
        self.device_crops = device_crops
        self.buffers = BatchBuffers()

    def __getitem__(self, requests: Sequence[Request]) -> Tensor | RawViews:
        """Return the views of the videos at these starts; `prepare` makes of them what a network takes."""
        return self._raw(requests) if self.device_crops else self._cropped(requests)

    def prepare(self, views: Tensor | RawViews, runtime: Runtime) -> tuple[Tensor]:
        """Return the views (starts x views, frames x channels, size, size) uint8, on the device."""
        if isinstance(views, Tensor):
            return (runtime.to_device(views),)
        return (views.to_device(runtime).see(self.size, self.design.modality, runtime.resize_precision),)

    def _cropped(self, requests: Sequence[Request]) -> Tensor:
        self.buffers.begin()
        for video, starts in requests:
            frames, stacks = self._frames(starts)
            with self.reader.open(video) as stored:
                content = np.empty((len(frames), *stored.frames.shape), np.uint8)
                _read(stored, frames, content)
            views = augmentation.test_views(torch.from_numpy(content), self.crops, self.size, self.design.modality)
            clips = self.buffers.append(len(starts), len(views), self.design.frames, *views.shape[2:])
            for clip, stack in zip(clips, stacks, strict=True):
                torch.index_select(views, 1, stack, out=clip)
        return self.buffers.batch().view(-1, self.design.frames * self.design.sees.channels, self.size, self.size)

    def _raw(self, requests: Sequence[Request]) -> RawViews:
        shapes, sights, positions = [], [], []
        self.buffers.begin()
        for video, starts in requests:
            frames, stacks = self._frames(starts)
            with self.reader.open(video) as stored:
                is_large = raw.is_large(stored.frames.shape, self.size)
                content = torch.empty(0) if is_large else self.buffers.append(len(frames), *stored.frames.shape)
                into = np.empty((len(frames), *stored.frames.shape), np.uint8) if is_large else content.numpy()
                _read(stored, frames, into)
            if is_large:
                views = augmentation.test_views(torch.from_numpy(into), self.crops, self.size, self.design.modality)
                content = self.buffers.append(*views.shape).copy_(views)
            shapes.append(tuple(content.shape))
            sights += augmentation.test_sights(into.shape[-2], into.shape[-1], self.crops)
            positions.append(stacks)
        return RawViews(
            content=self.buffers.batch(),
            shapes=tuple(shapes),
            sights=sights_tensor(sights),
            positions=tuple(positions),
        )

    def _frames(self, starts: Sequence[int]) -> tuple[NDArray[np.int64], Tensor]:
        """Return the frames that the stacks at `starts` are made of, in order, and where in them each stack's are.

        Stacks overlap, in short videos many times: each frame is read and resized once.
        """
        stacks = np.add.outer(starts, np.arange(self.design.frames))
        frames, positions = np.unique(stacks, return_inverse=True)
        return frames, torch.from_numpy(positions.reshape(stacks.shape))


def _read(stored: StoredVideo, frames: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Read these `frames` of a video, which are in order, into `out` (n, C, H, W)."""
    edges = [0, *(np.flatnonzero(np.diff(frames) > 1) + 1), len(frames)]
    for begin, end in pairwise(edges):
        stored.read_into(int(frames[begin]), out[begin:end])
