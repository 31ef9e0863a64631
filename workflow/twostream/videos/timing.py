"""The rate of a video, from the time stamps of its frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

JUMP = 10.0
"""Seconds between two frames that are a cut in time, as of recordings that were joined, and no rate."""

UNEVEN = 0.1
"""Part of the usual interval by which another one differs that is not of the same rate."""


COARSE = 0.2
"""Part of the usual interval from which on a tick is too coarse to be taken for rounding."""


@dataclass(frozen=True)
class Timing:
    """Frames a second on average, whether the rate varies, and the time at which the last frame ends, in seconds.

    `missing` is how many frames are absent from intervals that are several times the usual one.
    """

    fps: float
    is_variable: bool
    end: float | None
    missing: int = 0


def measure(times: Sequence[float | None], tick: float, announced: float) -> Timing:
    """Return the timing of frames shown at `times`, in seconds, which are exact to a `tick`.

    `announced` is the rate that the container names: it is kept where the frames come at it, since it is exact, and
    where they have no times.
    """
    stamps = [time for time in times if time is not None]
    gaps = [after - before for before, after in pairwise(stamps)]
    gaps = [gap for gap in gaps if 0 < gap <= JUMP]
    if not gaps:
        return Timing(announced, False, None)
    usual = median(gaps)
    mean = len(gaps) / sum(gaps)
    # Times that are coarse beside the interval jump by a tick, and that is what the video is shown with.
    rounding = 2.1 * tick if tick < COARSE * usual else 0.0
    is_variable = max(abs(gap - usual) for gap in gaps) > max(rounding, UNEVEN * usual)
    missing = sum(round(gap / usual) - 1 for gap in gaps if gap > usual)
    is_as_announced = not is_variable and abs(mean - announced) <= 0.02 * announced
    return Timing(announced if is_as_announced else mean, is_variable, stamps[-1] + 1 / mean, missing)
