"""Batches of random clips to train on, cropped and augmented, uint8 until they are on the device.

What is random in a clip is drawn from the seed and its SampleIndex, so that neither the number of loader processes
nor an interruption changes a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from twostream.compute.hardware import Runtime
from twostream.stacks.reader import StackReader, StoredVideo
from twostream.streams import augmentation, raw
from twostream.streams.augmentation import Box, Colours, Sight
from twostream.streams.buffers import AHEAD, BatchBuffers
from twostream.streams.design import Design
from twostream.streams.epoch_order import SampleIndex
from twostream.streams.raw import RawClips
from twostream.streams.resampling import trapezoids
from twostream.streams.sampling import Starts, train_starts
from twostream.videos.index import Video


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


@dataclass(frozen=True)
class Variant:
    """What is random in a sample: where its stacks begin, what a network sees of their frames, and in which colours."""

    starts: Starts
    sight: Sight
    colours: Colours | None


class TrainingClips(Dataset[tuple[Tensor, Tensor] | RawClips]):
    """Batches of random clips and their labels (videos,): clips that are cropped or, if the device crops, raw."""

    def __init__(
        self,
        reader: StackReader,
        videos: Sequence[Video],
        design: Design,
        clip_sampling: ClipSampling,
        device_crops: bool = False,
    ) -> None:
        self.reader = reader
        self.videos = videos
        self.design = design
        self.clip_sampling = clip_sampling
        self.device_crops = device_crops
        self.buffers = BatchBuffers(AHEAD + 2 if device_crops else AHEAD + 1)

    def __getitem__(self, batch: Sequence[SampleIndex]) -> tuple[Tensor, Tensor] | RawClips:
        """Return the clips and the labels of a batch; `prepare` makes of them what a network takes."""
        labels = np.array([self.videos[sample.position].label for sample in batch], np.int64)
        return self._raw(batch, labels) if self.device_crops else (self._cropped(batch), torch.from_numpy(labels))

    def prepare(self, batch: tuple[Tensor, Tensor] | RawClips, runtime: Runtime) -> tuple[Tensor, Tensor]:
        """Return clips (videos, segments, frames x channels, size, size) uint8 and labels, on the device."""
        if isinstance(batch, RawClips):
            labels = runtime.small_to_device(torch.from_numpy(batch.labels))
            clips = batch.see(self.design.modality, runtime).unflatten(1, (-1, self.design.frames)).flatten(2, 3)
            return clips, labels
        return runtime.to_device(batch[0]), runtime.to_device(batch[1])

    def _cropped(self, batch: Sequence[SampleIndex]) -> Tensor:
        clips = self.buffers.take(len(batch), *self._shape())
        for index, of_video in zip(batch, clips, strict=True):
            stored = self.reader.open(self.videos[index.position].id)
            variant = self._draw(index, stored)
            self._fill(of_video, stored, variant)
            if variant.sight.is_mirrored:
                of_video.copy_(augmentation.mirror(of_video, self.design.modality))
            if variant.colours:
                of_video.copy_(augmentation.recolour(of_video, variant.colours))
        return clips.flatten(2, 3)

    def _raw(self, batch: Sequence[SampleIndex], labels: NDArray[np.int64]) -> RawClips:
        # All are opened before any is read: decompressing puts the code for that out of the processor's cache.
        opened = [self.reader.open(self.videos[sample.position].id) for sample in batch]
        variants = [self._draw(index, stored) for index, stored in zip(batch, opened, strict=True)]
        shapes, sights = [], []
        self.buffers.begin(len(batch))
        for stored, variant in zip(opened, variants, strict=True):
            if raw.is_large(stored.frames.shape, self.clip_sampling.size):
                frames = self.buffers.append(*self._shape())
                self._fill(frames, stored, variant)
                sights.append(Sight(augmentation.whole(frames), variant.sight.is_mirrored))
            else:
                frames = self.buffers.append(len(variant.starts), self.design.frames, *stored.frames.shape)
                for start, stack in zip(variant.starts, frames.numpy(), strict=True):
                    stored.read_into(int(start), stack)
                sights.append(variant.sight)
            shapes.append(tuple(frames.flatten(0, 1).shape))
        return RawClips(
            content=self.buffers.batch_to_send(),
            shapes=tuple(shapes),
            trapezoids=trapezoids(sights, self.clip_sampling.size),
            colours=tuple(variant.colours for variant in variants if variant.colours),
            labels=labels,
        )

    def _shape(self) -> tuple[int, ...]:
        """Return the shape of a video's clips: (segments, frames, channels, size, size)."""
        size = self.clip_sampling.size
        return self.clip_sampling.segments, self.design.frames, self.design.sees.channels, size, size

    def _draw(self, index: SampleIndex, stored: StoredVideo) -> Variant:
        sampling, rng = self.clip_sampling, np.random.default_rng(index.seed(self.clip_sampling.seed))
        starts = train_starts(rng, len(stored.frames), self.design.frames, sampling.segments, sampling.sampling)
        _, height, width = stored.frames.shape
        sight = Sight(sampling.box(height, width, rng), bool(rng.random() < 0.5))
        colours = augmentation.draw_colours(sampling.colour_jitter, rng) if sampling.colour_jitter else None
        return Variant(starts, sight, colours)

    def _fill(self, clips: Tensor, stored: StoredVideo, variant: Variant) -> None:
        """Fill the clips (segments, frames, channels, size, size) of one video with its crops."""
        stack = np.empty((self.design.frames, *stored.frames.shape), np.uint8)
        for start, clip in zip(variant.starts, clips, strict=True):
            stored.read_into(int(start), stack)
            augmentation.resize_into(variant.sight.box.crop(torch.from_numpy(stack)), clip)
