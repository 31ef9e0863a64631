"""From bounds in a table, or a rate in the settings, to frames of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twostream.errors import InputError
from twostream.text import counted, printable
from twostream.videos import frame_times, interval, probe
from twostream.videos.frame_times import FrameTimes
from twostream.videos.interval import SECONDS, Bounds, Part
from twostream.videos.probe import Probe
from twostream.videos.splits import Split

SLACK = 0.5
"""Seconds by which an interval may end after its file: tables round."""
NO_TIMES = "its frames have no time stamps, which frames.fps needs"
REPEATS = 1000
"""How often frames.fps may show a frame on average: more comes of broken time stamps."""


@dataclass(frozen=True)
class ProbedVideo:
    """What a video holds, and which part of its file it is, None where it is all of it."""

    probe: Probe
    part: Part | None = None

    @property
    def content(self) -> str:
        """What videos of the same frames have in common."""
        return interval.content(self.probe.digest, self.part)


def of_files(probes: Mapping[str, Probe], split: Split | None, rate: float | None) -> dict[str, ProbedVideo]:
    """Return what each video holds by its id: those that `split` has labels of, else the probed files.

    With a `rate`, at so many frames a second. InputError where an interval is not within its file.
    """
    bounds = split.bounds if split else {}
    file_of = {id: split.file_of(id) for id in split.label_of} if split else {id: id for id in probes}
    probed = sorted(id for id, file in file_of.items() if file in probes)
    return {id: _video(probes[file_of[id]], bounds.get(id), file_of[id], rate) for id in probed}


def at_rate(whole: Probe, file: str, rate: float | None) -> ProbedVideo:
    """Return what the probed `file` holds at `rate` frames a second, None for as they are."""
    return _video(whole, None, file, rate)


def _video(whole: Probe, bounds: Bounds | None, file: str, rate: float | None) -> ProbedVideo:
    if whole.reason or (bounds is None and rate is None):
        return ProbedVideo(whole)
    times = frame_times.decode(whole.times)
    first, length = _frames(whole, times, bounds) if bounds else (0, whole.frames)
    if rate is None:
        count, fps = length, whole.fps
    elif times is None:
        return ProbedVideo(replace(whole, reason=NO_TIMES))
    else:
        count, fps = times.part(first, length).resampled(rate, whole.fps) if length else 0, rate
    if count > REPEATS * length:
        reason = f"by its time stamps frames.fps would make {count:,} frames of its {counted(length, 'frame')}"
        return ProbedVideo(replace(whole, reason=reason))
    part = Part(file=file, first=first, length=length, frames=count, stamp=_stamp(times, first), rate=rate)
    held = replace(whole, frames=count, fps=fps, promised=0, reason=probe.fault(count))
    return ProbedVideo(held, part)


def _frames(whole: Probe, times: FrameTimes | None, bounds: Bounds) -> tuple[int, int]:
    """Return the first frame of an interval and their number."""
    seconds = whole.frames / whole.fps if times is None and whole.fps else 0.0
    if times is not None:
        seconds = float((times.stamps[-1] - times.stamps[0]) * times.tick) + (1 / whole.fps if whole.fps else 0)
    length = seconds if bounds.unit == SECONDS else float(whole.frames)
    slack = SLACK if bounds.unit == SECONDS else 0.0
    start, end = bounds.start or 0.0, bounds.end
    if start >= length or (end is not None and end > length + slack):
        span = f"{start:g} to {'the end' if end is None else f'{end:g}'} {bounds.unit}"
        problem = f"{printable(bounds.file)} has {length:.6g} {bounds.unit}, and the interval is {span}"
        raise InputError(bounds.where, problem, "mend the interval, or delete the line")
    first = _number(start, whole, times, bounds.unit)
    last = whole.frames if end is None else _number(end, whole, times, bounds.unit)
    return first, max(min(last, whole.frames) - first, 0)


def _number(bound: float, whole: Probe, times: FrameTimes | None, unit: str) -> int:
    if unit != SECONDS:
        return int(bound)
    if times is not None:
        return times.frame_at(bound)
    return -int(-(bound * whole.fps - frame_times.NEAR) // 1)


def _stamp(times: FrameTimes | None, first: int) -> int | None:
    """Return the time stamp of the frame `first`, None where it has none that no other frame has."""
    if times is None or first >= len(times.stamps):
        return None
    stamp = times.stamps[first]
    near = times.stamps[max(first - 1, 0) : first + 2]
    return stamp if list(near).count(stamp) == 1 else None
