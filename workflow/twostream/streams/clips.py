"""Batches of random clips to train on, cropped and augmented, uint8 until they are on the device.

What is random in a clip is drawn from (seed, epoch, position of the video), so that neither the number of loader
processes nor an interruption changes a batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from twostream.stacks.reader import StackReader
from twostream.streams import augmentation, sampling
from twostream.streams.augmentation import Box
from twostream.streams.buffers import BatchBuffers
from twostream.streams.design import Design
from twostream.videos.index import Video

SampleIndex = tuple[int, int]
"""An epoch and the position of a video in the list: with the seed they determine a sample."""


@dataclass(frozen=True, kw_only=True)
class ClipSampling:
    """How clips are drawn from a video to train on, as the stream's section of the configuration says."""

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
        """Draw the crop of a frame."""
        if self.crop == "multiscale":
            return augmentation.multiscale_box(height, width, self.positions, rng)
        return augmentation.random_box(height, width, self.smallest_crop, self.largest_crop, rng)


class TrainingClips(Dataset[tuple[Tensor, Tensor]]):
    """Batches of random clips: (videos, segments, frames x channels, size, size) uint8, and labels (videos,)."""

    def __init__(
        self, reader: StackReader, videos: Sequence[Video], design: Design, clip_sampling: ClipSampling
    ) -> None:
        self.reader = reader
        self.videos = videos
        self.design = design
        self.clip_sampling = clip_sampling
        self.buffers = BatchBuffers()

    def __getitem__(self, batch: Sequence[SampleIndex]) -> tuple[Tensor, Tensor]:
        """Return the clips and the labels of a batch."""
        channels, size = self.design.sees.channels, self.clip_sampling.size
        clips = self.buffers.take(len(batch), self.clip_sampling.segments, self.design.frames, channels, size, size)
        for index, of_video in zip(batch, clips, strict=True):
            self._fill(of_video, index)
        return clips.flatten(2, 3), torch.tensor([self.videos[position].label for _, position in batch])

    def _fill(self, clips: Tensor, index: SampleIndex) -> None:
        """Draw the clips (segments, frames, channels, size, size) of one video."""
        rng = np.random.default_rng([self.clip_sampling.seed, *index])
        video, frames = self.videos[index[1]], self.design.frames
        length = self.reader.length(video.id)
        starts = sampling.train_starts(rng, length, frames, self.clip_sampling.segments, self.clip_sampling.sampling)
        box: Box | None = None
        for start, clip in zip(starts, clips, strict=True):
            stack = torch.from_numpy(self.reader.read(video.id, int(start), frames))
            box = box or self.clip_sampling.box(stack.shape[-2], stack.shape[-1], rng)
            augmentation.resize_into(box.crop(stack), clip)
        if rng.random() < 0.5:
            clips.copy_(augmentation.mirror(clips, self.design.modality))
        if self.clip_sampling.colour_jitter:
            clips.copy_(augmentation.jitter(clips, self.clip_sampling.colour_jitter, rng))


class EpochOrder(Sampler[list[SampleIndex]]):
    """The samples of each batch of an epoch, shuffled anew for every epoch; `set_epoch` chooses it.

    Batches are of nearly equal size, so that no last one is too small for batch normalisation.
    """

    def __init__(self, videos: int, batch: int, seed: int) -> None:
        self.videos = videos
        self.batches = max(1, -(-videos // batch))
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Make the next iteration that of `epoch`, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        """Yield the samples of each batch."""
        shuffled = np.random.default_rng([self.seed, self.epoch]).permutation(self.videos)
        return ([(self.epoch, int(position)) for position in part] for part in np.array_split(shuffled, self.batches))
