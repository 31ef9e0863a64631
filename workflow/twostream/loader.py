"""Samples for the networks, uint8 until they are on the device.

What is random in a sample is drawn from (seed, epoch, place of the video), so that neither the number
of loader processes nor an interruption changes a batch.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms.v2 import functional as transform

from twostream import sampling
from twostream.index import Video
from twostream.stacks import StackReader
from twostream.streams import Design

SHORT_SIDE_OVER_CROP = 256 / 224
"""Test crops of 224 pixels are cut from frames whose shorter side has 256, in TSN and after."""


class TrainingClips(Dataset[tuple[Tensor, int]]):
    """Random clips of labelled videos: (segments, stack x channels, size, size) uint8 and the label."""

    def __init__(
        self,
        reader: StackReader,
        videos: Sequence[Video],
        design: Design,
        size: int,
        segments: int,
        smallest_crop: float,
        seed: int,
    ) -> None:
        self.reader = reader
        self.videos = videos
        self.design = design
        self.size = size
        self.segments = segments
        self.smallest_crop = smallest_crop
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        rng = np.random.default_rng([self.seed, self.epoch, place])
        video = self.videos[place]
        stack = self.design.stack
        starts = sampling.train_starts(rng, self.reader.length(video.id), stack, self.segments)
        frames = [torch.from_numpy(self.reader.read(video.id, int(start), stack)) for start in starts]
        clips = random_crop(torch.stack(frames), self.size, self.smallest_crop, rng)
        if rng.random() < 0.5:
            clips = mirror(clips, self.design.modality)
        return clips.flatten(1, 2), video.label

    def order(self) -> list[int]:
        """The places of this epoch's videos, shuffled."""
        return [int(place) for place in np.random.default_rng([self.seed, self.epoch]).permutation(len(self))]


def random_crop(clips: Tensor, size: int, smallest: float, rng: np.random.Generator) -> Tensor:
    """A square of `smallest` to all of the shorter side, anywhere in the frame, at `size` pixels.

    The same square in all of a video's `clips` (segments, stack, channels, height, width).
    """
    height, width = clips.shape[-2:]
    side = round(min(height, width) * rng.uniform(smallest, 1))
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    return _resized(clips[..., top : top + side, left : left + side], size)


def mirror(clips: Tensor, modality: str) -> Tensor:
    """`clips` (..., channels, height, width) seen in a mirror: of flow, x changes its sign too."""
    mirrored = clips.flip(-1)
    if modality == "flow":
        mirrored[..., 0, :, :] = -mirrored[..., 0, :, :]  # modulo 256: 128 + q becomes 128 - q
    return mirrored


def test_crops(stack: Tensor, crops: str, size: int, modality: str) -> Tensor:
    """The views of a `stack` (length, channels, height, width): (views, length, channels, size, size).

    squash: the whole frame; centre: its middle; ten: the corners and the middle, and their mirror images.
    """
    if crops == "squash":
        return _resized(stack, size)[None]
    height, width = stack.shape[-2:]
    side = round(min(height, width) / SHORT_SIDE_OVER_CROP)
    if crops == "centre":
        return _resized(transform.center_crop(stack, [side, side]), size)[None]
    five = torch.stack([_resized(view, size) for view in transform.five_crop(stack, [side, side])])
    return torch.cat([five, mirror(five, modality)])


def _resized(frames: Tensor, size: int) -> Tensor:
    flat = frames.reshape(-1, *frames.shape[-3:])
    return transform.resize(flat, [size, size], antialias=True).reshape(*frames.shape[:-2], size, size)
