"""Views of a video to test with: crops of the stacks at some starts, uint8 until they are on the device."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from twostream.stacks.reader import StackReader
from twostream.streams import augmentation
from twostream.streams.buffers import BatchBuffers
from twostream.streams.design import Design


class TestViews(Dataset[Tensor]):
    """Views of a video at some starts: (starts x views, frames x channels, size, size) uint8."""

    def __init__(self, reader: StackReader, design: Design, size: int, crops: str) -> None:
        self.reader = reader
        self.design = design
        self.size = size
        self.crops = crops
        self.buffers = BatchBuffers()

    def __getitem__(self, request: tuple[str, Sequence[int]]) -> Tensor:
        """Return the views of a video, by its id, at these starts."""
        video, starts = request
        # Stacks overlap, in short videos many times: each frame is read and resized once.
        stacks = np.add.outer(starts, np.arange(self.design.frames))
        frames, positions = np.unique(stacks, return_inverse=True)
        views = augmentation.test_views(self._read(video, frames), self.crops, self.size, self.design.modality)
        clips = self.buffers.take(len(starts), len(views), self.design.frames, *views.shape[2:])
        for clip, stack in zip(clips, torch.from_numpy(positions.reshape(stacks.shape)), strict=True):
            torch.index_select(views, 1, stack, out=clip)
        return clips.flatten(0, 1).flatten(1, 2)

    def _read(self, video: str, frames: NDArray[np.int64]) -> Tensor:
        """Return these `frames` of a video, which are in order: (n, C, H, W)."""
        runs = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
        return torch.from_numpy(np.concatenate([self.reader.read(video, int(run[0]), len(run)) for run in runs]))
