"""A look at a sample of the stored frames and flow: whether flow is clipped or zero, and frames black or frozen."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twostream.flow.quantise import dequantise
from twostream.report.quality import EDGES, Quality, VideoQuality
from twostream.stacks.reader import StackReader

VIDEOS = 300
"""How many videos are measured, evenly spread over the data set."""
MOMENTS = 4
"""How many moments of a video frames and flow are read at, evenly spread."""
SMALLEST, LARGEST = 1, 255
"""The least and the greatest byte of stored flow: motion at the bound, which was clipped or nearly so."""
BLACK, BRIGHTEST, BRIGHT_PART = 20.0, 40.0, 0.01
"""A frame is black if its mean is below BLACK (video has 16) and less than BRIGHT_PART of it is above BRIGHTEST."""
SAME = 0.25
"""The mean difference of grey levels between consecutive frames below which they are one picture."""


def measure(readers: Mapping[str, StackReader], videos: Sequence[str], bound: float) -> Quality:
    """Return the quality of an evenly spread sample of `videos`; flow is stored up to `bound` pixels a frame."""
    positions = np.linspace(0, len(videos) - 1, min(VIDEOS, len(videos))).round().astype(int)
    counts = np.zeros(len(EDGES), np.int64)
    rows = tuple(_measure_video(readers, videos[number], bound, counts) for number in positions) if readers else ()
    total = max(1, int(counts.sum()))
    return Quality(rows, len(videos), tuple(float(count) / total for count in counts) if counts.any() else ())


def _measure_video(
    readers: Mapping[str, StackReader], video: str, bound: float, counts: NDArray[np.int64]
) -> VideoQuality:
    """Return what was measured of `video`; the magnitudes of its flow are added to `counts`."""
    fractions: dict[str, float] = {}
    if "flow" in readers:
        fields = np.concatenate(_moments(readers["flow"], video, 1))
        is_clipped = ((fields == SMALLEST) | (fields == LARGEST)).any(axis=1)
        magnitudes = np.hypot(*dequantise(fields, bound).swapaxes(0, 1))
        counts += np.histogram(magnitudes, (*EDGES, np.inf))[0]
        fractions = {"clipped": float(is_clipped.mean()), "still": float((magnitudes == 0).all(axis=(1, 2)).mean())}
    if "rgb" in readers:
        pairs = [pair.astype(np.float32) for pair in _moments(readers["rgb"], video, 2)]
        is_black = [pair[0].mean() < BLACK and (pair[0] > BRIGHTEST).mean() < BRIGHT_PART for pair in pairs]
        is_frozen = [len(pair) == 2 and abs(pair[1] - pair[0]).mean() < SAME for pair in pairs]
        fractions |= {"black": float(np.mean(is_black)), "frozen": float(np.mean(is_frozen))}
    return VideoQuality(id=video, **fractions)


def _moments(reader: StackReader, video: str, length: int) -> list[NDArray[np.uint8]]:
    """Return `length` consecutive frames, or the one that there is, of each of some moments of `video`."""
    stored = reader.open(video)
    length = min(length, len(stored.frames))
    starts = np.unique(np.linspace(0, len(stored.frames) - length, MOMENTS).round().astype(int))
    stacks = [np.empty((length, *stored.frames.shape), np.uint8) for _ in starts]
    for start, stack in zip(starts, stacks, strict=True):
        stored.read_into(int(start), stack)
    return stacks
