"""The stored stacks of some videos as a torch Dataset, for training code that is not ours."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from twostream.errors import InputError
from twostream.stacks.reader import StackReader
from twostream.videos.index import Video

MIDDLE, RANDOM = "middle", "random"
"""Where in a video its stack is."""


class StackDataset(Dataset[tuple[Tensor, int]]):
    """A stack of each video, (length, C, H, W) uint8, with the video's label; of flow, C is x and y.

    The stack lies in the `middle` of the video, or at a `random` start that torch's generator draws, which a
    DataLoader seeds for each of its processes. A video that is shorter than the stack is continued with its last frame.
    """

    def __init__(self, reader: StackReader, videos: Sequence[Video], length: int, start: str = MIDDLE) -> None:
        if start not in (MIDDLE, RANDOM):
            raise InputError("start", f"is `{start}`", f"choose {MIDDLE} or {RANDOM}")
        if length < 1:
            raise InputError("length", f"is {length}", "give 1 or more")
        self.reader = reader
        self.videos = tuple(videos)
        self.length = length
        self.start = start

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        """Return the stack and the label of the video with this number."""
        video = self.videos[number]
        last = max(self.reader.length(video.id) - self.length, 0)
        start = last // 2 if self.start == MIDDLE else int(torch.randint(last + 1, ()))
        return torch.from_numpy(self.reader.read(video.id, start, self.length)), video.label
