"""The frames and the flow of a long video that its windows need: decoded once, each field computed once, soon dropped.

Memory holds what windows need that are not scored yet, however long the video is.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.predict import sampled
from twostream.predict.sampled import Decoding, Frames, Positions, VideoInMemory
from twostream.predict.windows import Window
from twostream.streams import sampling
from twostream.streams.sampling import Starts
from twostream.videos import decode
from twostream.videos.image import Image
from twostream.videos.size import scaled_size


@dataclass(frozen=True)
class Extent:
    """What a window has of one modality: `length` pictures from the `first` on. It needs those at `positions`."""

    first: int
    length: int
    positions: Positions


class Reel:
    """The pictures of one modality that windows need, from when they are decoded to when they are dropped.

    A picture of flow is a field, from each `step`-th frame to the next such frame. `extent_of` gives the extent of the
    window of a number; `length` is how many pictures the video has.
    """

    def __init__(self, extent_of: Callable[[int], Extent], windows: int, length: int, step: int = 1) -> None:
        self.step = step
        self.is_wanted = np.zeros(length, bool)
        self.last = -1
        firsts = np.zeros(windows, np.int64)
        for number in range(windows):
            extent = extent_of(number)
            firsts[number] = extent.first
            self.is_wanted[extent.positions] = True
        self._first_from = np.minimum.accumulate(firsts[::-1])[::-1]
        self._extent = lru_cache(1)(extent_of)
        self._pictures: dict[int, NDArray[np.uint8]] = {}
        self._numbers: deque[int] = deque()  # A thread may add to the pictures while others are dropped.

    def add(self, number: int, picture: NDArray[np.uint8]) -> None:
        """Hold a picture."""
        self._pictures[number] = picture
        self._numbers.append(number)
        self.last = number

    def has(self, window: int) -> bool:
        """Return whether all pictures are held that the window of this number needs."""
        return self.last >= int(self._extent(window).positions[-1])

    def window(self, window: int) -> VideoInMemory:
        """Return the pictures of a window as a video of its own."""
        extent = self._extent(window)
        pictures = {number - extent.first: self._pictures[number] for number in extent.positions.tolist()}
        return VideoInMemory(Frames(pictures, extent.length), self.step)

    def drop_before(self, window: int) -> None:
        """Drop the pictures that no window from this one on needs."""
        while self._numbers and self._numbers[0] < self._first_from[window]:
            del self._pictures[self._numbers.popleft()]


class Projection:
    """A video decoded once, from which windows of `reels`, rgb or flow or both, are taken in order."""

    def __init__(self, path: Path, decoding: Decoding, digest: str, reels: Mapping[str, Reel]) -> None:
        self.reels = reels
        self.damaged: deque[int] = deque()
        self._path, self._decoding, self._digest = path, decoding, digest
        self._decoded = 0

    def windows(self, windows: Sequence[Window]) -> Iterator[tuple[dict[str, VideoInMemory], int]]:
        """Yield what is stored of each window, by modality, and how many of its frames are corrupt.

        InputError where the video is another one than it was when it was probed.
        """
        work = self._work()
        for number, window in enumerate(windows):
            end = window.first + window.length
            while self._decoded < end or not all(reel.has(number) for reel in self.reels.values()):
                if next(work, None) is None:
                    raise InputError(self._path, "gives other frames when it is decoded again", "choose another video")
            for reel in self.reels.values():
                reel.drop_before(number)
            while self.damaged and self.damaged[0] < window.first:
                self.damaged.popleft()
            damaged = sum(frame < end for frame in list(self.damaged))
            yield {name: reel.window(number) for name, reel in self.reels.items()}, damaged

    def _work(self) -> Iterator[bool]:
        """Decode the video and compute its flow, a bit each time."""
        frames = self._frames()
        if "flow" in self.reels:
            reel = self.reels["flow"]
            side = self._decoding.flow["short_side"]
            resized = islice((_resize(frame, side) for frame in frames), 0, None, reel.step)
            for number, field in sampled.fields(resized, self._decoding, np.flatnonzero(reel.is_wanted)):
                reel.add(number, field)
                yield True
        for _ in frames:
            yield True

    def _frames(self) -> Iterator[Image]:
        """Yield the frames at their own size; note those that are corrupt, and hold those that windows need."""
        section, rgb = self._decoding.frames, self.reels.get("rgb")
        deinterlace, part = section["deinterlace"], self._decoding.part
        decoded = decode.decode_with_damage(self._path, deinterlace, self._digest, part)
        for number, (frame, is_damaged) in enumerate(decoded):
            if is_damaged:
                self.damaged.append(number)
            if rgb and number < len(rgb.is_wanted) and rgb.is_wanted[number]:
                rgb.add(number, sampled.rgb(_resize(frame, section["short_side"]), section))
            self._decoded = number + 1
            yield frame


def rgb_extent(window: Window, starts: Starts, stacks: Sequence[int]) -> Extent:
    """Return what a window has of the frames; stacks of the lengths in `stacks` begin at `starts` in it."""
    positions = sampled.positions_in([starts] * len(stacks), stacks, window.length)
    return Extent(window.first, window.length, window.first + positions)


def flow_extent(window: Window, starts: Starts, stacks: Sequence[int], step: int, total: int) -> Extent:
    """Return what a window has of the `total` flow fields, each from a `step`-th frame to the next, within it.

    A window that is too short for one has the field in which it begins.
    """
    first = -(-window.first // step)
    length = (window.first + window.length - 1) // step - first
    if length < 1 or first >= total:
        first, length = min(window.first // step, total - 1), 1
    begin = [sampling.in_steps(starts, step, length, stack) for stack in stacks]
    return Extent(first, length, first + sampled.positions_in(begin, stacks, length))


def _resize(frame: Image, short_side: int | None) -> Image:
    height, width = frame.shape[:2]
    return decode.resize(frame, scaled_size(width, height, short_side))
