"""Samples for the networks, read and augmented in the loader's processes, uint8 until they are on the device.

What is random in a sample is drawn from (seed, epoch, place of the video), so that neither the number
of loader processes nor an interruption changes a batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from twostream.stacks.reader import StackReader
from twostream.streams import augmentation, buffers, sampling
from twostream.streams.augmentation import Box
from twostream.streams.network import FRAME_CHANNELS, Design
from twostream.videos.index import Video
from twostream.videos.opencv import configure

Place = tuple[int, int]
"""An epoch, and which of the videos."""


@dataclass(frozen=True)
class Draw:
    """How a clip is drawn from a video to train on, as the stream's section of the configuration says."""

    size: int
    segments: int
    sampling: str
    crop: str
    smallest_crop: float
    largest_crop: float
    positions: int
    colour_jitter: float
    seed: int

    def box(self, height: int, width: int, rng: np.random.Generator) -> Box:
        if self.crop == "multiscale":
            return augmentation.multiscale_box(height, width, self.positions, rng)
        return augmentation.random_box(height, width, self.smallest_crop, self.largest_crop, rng)


class TrainingClips(Dataset[tuple[Tensor, Tensor]]):
    """Batches of random clips: (videos, segments, frames x channels, size, size) uint8, and labels (videos,)."""

    def __init__(self, reader: StackReader, videos: Sequence[Video], design: Design, draw: Draw) -> None:
        self.reader = reader
        self.videos = videos
        self.design = design
        self.draw = draw
        self.memory = buffers.Memory()

    def __getitem__(self, batch: Sequence[Place]) -> tuple[Tensor, Tensor]:
        channels, size = FRAME_CHANNELS[self.design.modality], self.draw.size
        clips = self.memory.room(len(batch), self.draw.segments, self.design.frames, channels, size, size)
        for place, clip in zip(batch, clips, strict=True):
            self._fill(clip, place)
        return clips.flatten(2, 3), torch.tensor([self.videos[place].label for _, place in batch])

    def _fill(self, clips: Tensor, place: Place) -> None:
        """Draw the clips (segments, frames, channels, size, size) of one video."""
        rng = np.random.default_rng([self.draw.seed, *place])
        video, stack = self.videos[place[1]], self.design.frames
        length = self.reader.length(video.id)
        starts = sampling.train_starts(rng, length, stack, self.draw.segments, self.draw.sampling)
        box: Box | None = None
        for start, clip in zip(starts, clips, strict=True):
            frames = torch.from_numpy(self.reader.read(video.id, int(start), stack))
            box = box or self.draw.box(frames.shape[-2], frames.shape[-1], rng)
            augmentation.resize(box.of(frames), clip)
        if rng.random() < 0.5:
            clips.copy_(augmentation.mirror(clips, self.design.modality))
        if self.draw.colour_jitter:
            clips.copy_(augmentation.jitter(clips, self.draw.colour_jitter, rng))


class Order(Sampler[list[Place]]):
    """The places of each batch, shuffled anew in every `epoch`.

    Batches are of nearly equal size, so that no last one is too small for batch normalisation.
    """

    def __init__(self, videos: int, batch: int, seed: int) -> None:
        self.videos = videos
        self.batches = max(1, -(-videos // batch))
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[Place]]:
        shuffled = np.random.default_rng([self.seed, self.epoch]).permutation(self.videos)
        return ([(self.epoch, int(place)) for place in part] for part in np.array_split(shuffled, self.batches))


class TestViews(Dataset[Tensor]):
    """Views of a video at some places: (places x views, frames x channels, size, size) uint8."""

    def __init__(self, reader: StackReader, design: Design, size: int, crops: str) -> None:
        self.reader = reader
        self.design = design
        self.size = size
        self.crops = crops
        self.memory = buffers.Memory()

    def __getitem__(self, wanted: tuple[str, Sequence[int]]) -> Tensor:
        video, starts = wanted
        # Stacks overlap, in short videos many times: each frame is read and resized once.
        stacks = np.add.outer(starts, np.arange(self.design.frames))
        frames, places = np.unique(stacks, return_inverse=True)
        views = augmentation.test_views(self._read(video, frames), self.crops, self.size, self.design.modality)
        clips = self.memory.room(len(starts), len(views), self.design.frames, *views.shape[2:])
        for clip, stack in zip(clips, torch.from_numpy(places.reshape(stacks.shape)), strict=True):
            torch.index_select(views, 1, stack, out=clip)
        return clips.flatten(0, 1).flatten(1, 2)

    def _read(self, video: str, frames: NDArray[np.int64]) -> Tensor:
        """Some `frames`, in order, of a video: (n, C, H, W)."""
        runs = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
        return torch.from_numpy(np.concatenate([self.reader.read(video, int(run[0]), len(run)) for run in runs]))


def load(
    batches: Dataset[Any], order: Iterable[Any], workers: int, device: torch.device, start: str | None = None
) -> DataLoader:
    """`batches` in that `order`, loaded by `workers` processes that live as long as the loader.

    Processes are started by the method `start`, or the machine's own; with none, the caller's process loads.
    A batch holds until the next is asked for.
    """
    configure()  # Before the fork, which OpenCV's own threads would not survive.
    return DataLoader(
        batches,
        sampler=order,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=buffers.AHEAD if workers else None,
        persistent_workers=workers > 0,
        multiprocessing_context=start if workers else None,
        pin_memory=device.type == "cuda",
        worker_init_fn=_start_worker,
        generator=torch.Generator(),  # Its own, not to take from the network's random numbers.
    )


def _start_worker(number: int) -> None:
    configure()
