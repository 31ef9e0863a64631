"""When the frames of a file are shown, as a short text, and which of them a steady rate shows."""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain, pairwise, repeat
from typing import TypeVar

Item = TypeVar("Item")

TEXT = re.compile(r"(\d+)/(\d+) (-?\d+)((?: \d+x\d+)*)")
NEAR = 1e-6
"""Seconds by which a frame may be shown before the start of an interval and be part of it: of rounding."""


@dataclass(frozen=True)
class FrameTimes:
    """The time stamps of a file's frames, in ticks of so many seconds; they never fall."""

    stamps: Sequence[int]
    tick: Fraction

    def frame_at(self, seconds: float) -> int:
        """Return the number of the first frame that is shown at or after `seconds` from the first frame on."""
        wanted = self.stamps[0] + (seconds - NEAR) / self.tick
        return bisect_left(self.stamps, wanted)

    def part(self, first: int, length: int) -> "FrameTimes":
        """Return the times of `length` frames from the `first` on."""
        return FrameTimes(self.stamps[first : first + length], self.tick)

    def resampled(self, rate: float, fps: float) -> int:
        """Return how many frames these are at `rate` frames a second, the last one being shown for 1 / `fps` seconds.

        It is what FFmpeg's filter `fps` gives of frames that begin at 0.
        """
        seconds = (self.stamps[-1] - self.stamps[0]) * self.tick + (1 / Fraction(fps) if fps else 0)
        return _round(seconds * Fraction(rate))


def encode(stamps: Sequence[int | None], tick: Fraction) -> str:
    """Return time stamps as text, equal intervals once with their number; empty where a frame has no time."""
    if not stamps or not tick or None in stamps:
        return ""
    rising = list(accumulate((stamp for stamp in stamps if stamp is not None), max))
    runs: list[list[int]] = []
    for gap in (after - before for before, after in pairwise(rising)):
        if runs and runs[-1][0] == gap:
            runs[-1][1] += 1
        else:
            runs.append([gap, 1])
    return " ".join([f"{tick.numerator}/{tick.denominator} {rising[0]}", *(f"{gap}x{count}" for gap, count in runs)])


def decode(text: str | None) -> FrameTimes | None:
    """Return the times that `encode` wrote, None of an empty text."""
    match = TEXT.fullmatch(text or "")
    if not match:
        return None
    runs = (map(int, run.split("x")) for run in match[4].split())
    gaps = chain.from_iterable(repeat(gap, count) for gap, count in runs)
    return FrameTimes(list(accumulate(gaps, initial=int(match[3]))), Fraction(int(match[1]), int(match[2])))


def resample(frames: Iterable[tuple[int, Item]], tick: Fraction, rate: float, count: int) -> Iterator[Item]:
    """Yield `count` items at `rate` a second of `frames`, each with its time stamp in ticks.

    The item shown at k / rate is the last one whose time, in 1 / rate from the first one's, rounds to k or less, halves
    upwards: the nearest one before the middle of the interval, as FFmpeg's filter `fps` has it.
    """
    latest: Item | None = None
    start = next_slot = 0
    for number, (stamp, item) in enumerate(frames):
        start = stamp if not number else start
        slot = _round(max(stamp - start, 0) * tick * Fraction(rate))
        if latest is not None:
            for _ in range(next_slot, min(slot, count)):
                yield latest
            next_slot = max(next_slot, slot)
        latest = item
    if latest is not None:
        yield from repeat(latest, max(count - next_slot, 0))


def _round(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
