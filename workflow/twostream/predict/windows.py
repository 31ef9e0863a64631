"""Windows of a long video: which of its frames are answered together, and when they are shown."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.videos import frame_times
from twostream.videos.interval import FRAMES, SECONDS
from twostream.videos.parts import ProbedVideo

Times = NDArray[np.float64]
"""When each frame is shown and when the last one ends, in seconds from the first frame on, (frames + 1,)."""
SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+) ?s|(\d+)")
FEWEST = 2
"""Frames that flow is computed from."""
MOST = 1_000_000
"""Windows of one video, at most: time stamps that are broken may promise years."""
GIVE = "give seconds, such as 2s or 0.5s, or a number of frames, such as 50"


@dataclass(frozen=True)
class Span:
    """A length of video, in seconds or frames."""

    amount: float
    unit: str


@dataclass(frozen=True)
class Windowing:
    """How long windows are, and from one's start to the next one's."""

    length: Span
    step: Span


@dataclass(frozen=True)
class Window:
    """`length` frames from the `first` on, shown from `start` to `end`, in seconds from the video's first frame on."""

    first: int
    length: int
    start: float
    end: float


def windowing(length: str, step: str | None) -> Windowing:
    """Return what the texts of `--window` and `--step` mean, 2s or 50; InputError where they mean nothing.

    Without a step, one window begins where the one before ends.
    """
    window = _span("--window", length)
    every = _span("--step", step) if step is not None else window
    if window.unit == FRAMES and window.amount < FEWEST:
        raise InputError("--window", "is a single frame, and flow needs two", "give 2 or more")
    if window.unit != every.unit:
        problem = f"is in {every.unit}, and --window is in {window.unit}"
        raise InputError("--step", problem, "give both in seconds, or both in frames")
    return Windowing(window, every)


def frame_seconds(video: ProbedVideo) -> Times | None:
    """Return when the frames of `video` are shown, by their time stamps; without any, by its rate; None without both.

    Frames at another rate than their file's are shown at that rate.
    """
    probe = video.probe
    if video.part and video.part.rate:
        return np.arange(probe.frames + 1) / video.part.rate
    times = frame_times.decode(probe.times)
    if times is None or len(times.stamps) != probe.frames:
        return np.arange(probe.frames + 1) / probe.fps if probe.fps else None
    seconds = (np.asarray(times.stamps) - times.stamps[0]) * float(times.tick)
    return np.append(seconds, seconds[-1] + (1 / probe.fps if probe.fps else 0.0))


def of_video(windowing: Windowing, times: Times) -> list[Window]:
    """Return the windows of a video whose frames are shown at `times`, in order; the last one ends with the video.

    Of a video that is no longer than a window, it is all. A window in which no frame is shown is left out. InputError
    where they are more than MOST, or each is of a single frame.
    """
    in_frames = windowing.length.unit == FRAMES
    total = float(len(times) - 1) if in_frames else float(times[-1])
    if (total - windowing.length.amount) / windowing.step.amount > MOST:
        raise InputError("--step", f"makes more than {MOST:,} windows of it", "give a longer --step")
    windows = list(_windows(windowing, times, total))
    if len(times) > FEWEST and all(window.length < FEWEST for window in windows):
        raise InputError("--window", "no window holds two of its frames, and flow needs two", "give a longer --window")
    return windows


def _windows(windowing: Windowing, times: Times, total: float) -> Iterator[Window]:
    length, in_frames = windowing.length.amount, windowing.length.unit == FRAMES
    starts = times[:-1]
    usual = times[-1] - times[-2]
    for begin in _starts(length, windowing.step.amount, total):
        bounds = begin, min(begin + length, total)
        first, last = (round(bound) if in_frames else _frame_at(starts, bound) for bound in bounds)
        if bounds[1] >= total:
            last = len(starts)
        if first < last:
            # A frame is shown until the next one comes, which after lost frames may be long after the window.
            is_late = not in_frames and times[last] > bounds[1] + usual
            end = bounds[1] if is_late else float(times[last])
            yield Window(first, last - first, float(times[first]), end)


def _starts(length: float, step: float, total: float) -> Iterator[float]:
    """Yield where windows start; the last one where it ends with the video, if the steps do not come out even."""
    count = max(1, 1 + math.floor((total - length) / step + frame_times.NEAR))
    yield from (number * step for number in range(count))
    rest = total - ((count - 1) * step + length)
    if rest > frame_times.NEAR and count * step < total:
        yield total - length


def _frame_at(starts: Times, seconds: float) -> int:
    """Return the number of the first frame that is shown at or after `seconds`."""
    return int(np.searchsorted(starts, seconds - frame_times.NEAR))


def _span(option: str, text: str) -> Span:
    match = SPAN.fullmatch(text.strip())
    if not match:
        raise InputError(f"{option} {text}", "is no length of video", GIVE)
    seconds, frames = match.groups()
    amount = float(seconds or frames)
    if not 0 < amount < math.inf:
        raise InputError(f"{option} {text}", "is no length above 0", GIVE)
    return Span(amount, SECONDS if seconds else FRAMES)
