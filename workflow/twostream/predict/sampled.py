"""The frames and the flow of a video that networks look at, in memory: no more of a video is kept.

They are what the workflow stores: decoded at the same size, by the same flow and to the same eight bits, through the
same codec where that loses something.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.flow import backends
from twostream.flow.compute import compute_stored
from twostream.stacks import codecs
from twostream.videos import decode
from twostream.videos.image import Image, rgb_planes
from twostream.videos.interval import Part

Positions = NDArray[np.int64]
"""Numbers of frames, or of flow fields, of a video, in rising order."""


@dataclass(frozen=True)
class Frames:
    """Some of a video's frames, (C, H, W) uint8, by their positions; `length` is the number of all its frames."""

    pictures: Mapping[int, NDArray[np.uint8]]
    length: int

    def __len__(self) -> int:
        return self.length

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (C, H, W) of a frame."""
        return next(iter(self.pictures.values())).shape


@dataclass(frozen=True)
class VideoInMemory:
    """Frames as `streams.views` reads them."""

    frames: Frames
    step: int = 1

    def read_into(self, start: int, out: NDArray[np.uint8]) -> None:
        """Fill `out` (length, C, H, W) with the frames from `start` on; after the last one it is repeated."""
        for offset, picture in enumerate(out):
            picture[:] = self.frames.pictures[min(start + offset, self.frames.length - 1)]


@dataclass(frozen=True)
class ReaderInMemory:
    """Videos by their ids, in memory."""

    videos: Mapping[str, VideoInMemory]

    def open(self, video: str) -> VideoInMemory:
        """Return a video."""
        return self.videos[video]


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How a video becomes stored frames and flow: the sections `frames` and `flow`, and what computes flow here.

    `part` are those of its frames that are used, None for all.
    """

    frames: Settings
    flow: Settings
    device: str = "auto"
    batch: int = 32
    part: Part | None = None

    @property
    def flow_here(self) -> Settings:
        """The section `flow` with the TV-L1 backend of this machine: all of them give the same flow."""
        if self.flow["backend"] in (*backends.TVL1, "auto"):
            return self.flow | {"backend": backends.resolve("auto")}
        return self.flow


def positions_in(starts: Sequence[NDArray[np.int64]], stacks: Sequence[int], length: int) -> Positions:
    """Return which of `length` frames are in stacks, which begin at each of `starts` and are as long as in `stacks`."""
    positions = [np.add.outer(each, np.arange(stack)).ravel() for each, stack in zip(starts, stacks, strict=True)]
    return np.unique(np.minimum(np.concatenate(positions), length - 1))


def read_rgb(
    path: Path, decoding: Decoding, positions: Positions, length: int, digest: str, _: int = 1
) -> VideoInMemory:
    """Return the frames at `positions`, RGB, of the video of `length` frames at `path`."""
    section = decoding.frames
    numbers = set(positions.tolist())
    frames = islice(_decode(path, section["short_side"], decoding, digest), max(numbers) + 1)
    pictures = {number: rgb(frame, section) for number, frame in enumerate(frames) if number in numbers}
    return _in_memory(path, pictures, positions, length)


def read_flow(
    path: Path, decoding: Decoding, positions: Positions, length: int, digest: str, step: int = 1
) -> VideoInMemory:
    """Return the flow fields at `positions` of the video at `path`, which has `length` fields; compute no other.

    A field leads from each `step`-th frame to the next such frame.
    """
    frames = islice(_decode(path, decoding.flow_here["short_side"], decoding, digest), 0, None, step)
    return _in_memory(path, dict(fields(frames, decoding, positions)), positions, length, step)


def fields(
    frames: Iterator[Image], decoding: Decoding, positions: Positions
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield each of `positions` with the flow field (2, H, W) from that one of `frames` to the next, at their size."""
    section = decoding.flow_here
    decoded = 0
    for first, last in _runs(positions):
        run = islice(frames, first - decoded, last + 2 - decoded)
        for number, field in enumerate(compute_stored(run, section, decoding.device, decoding.batch), first):
            yield number, codecs.as_stored(field, section["codec"], section["quality"])
        decoded = last + 2


def rgb(frame: Image, section: Settings) -> NDArray[np.uint8]:
    """Return a BGR `frame` as the section `frames` stores it, RGB (3, H, W)."""
    return codecs.as_stored(rgb_planes(frame), section["codec"], section["quality"])


def _decode(path: Path, short_side: int | None, decoding: Decoding, digest: str) -> Iterator[Image]:
    return decode.decode(path, short_side, decoding.frames["deinterlace"], digest, decoding.part)


def _runs(positions: Positions) -> list[tuple[int, int]]:
    """Return the first and the last of each run of consecutive `positions`."""
    edges = np.flatnonzero(np.diff(positions) > 1) + 1
    return [(int(run[0]), int(run[-1])) for run in np.split(positions, edges)]


def _in_memory(
    path: Path, pictures: Mapping[int, NDArray[np.uint8]], positions: Positions, length: int, step: int = 1
) -> VideoInMemory:
    if len(pictures) != len(positions):
        raise InputError(path, "gives other frames when it is decoded again", "choose another video")
    return VideoInMemory(Frames(pictures, length), step)
