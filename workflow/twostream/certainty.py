"""How certain accuracies and gains are: intervals and tests that know which videos are of one recording.

Clips of one recording are right or wrong together, so that they are worth fewer videos than there are: their number
divided by the design effect (Kish, "Survey Sampling", 1965), the variance by recording over that of single videos. All
formulas are closed: no resampling, no seed. `twostream bench coverage` measures how often they hold the truth.
"""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, ndtri

from twostream.metrics import Right

Names = NDArray[np.str_] | NDArray[np.int64]
"""The recording of each video, (videos,): equal names are one recording."""
Deviations = NDArray[np.float64]
Interval = tuple[float, float]
"""The lower and the upper end of a 95 % interval, in percent."""

Z = float(ndtri(0.975))
EXACT_TAIL = 0.075
"""Of the exact bound at one end, which repairs Wilson's next to 0 and 100 %."""
PRIOR_RECORDINGS = 2
"""Weight of the design effect that is assumed, in recordings: with few errors there is little to estimate it from."""
PRIOR_CORRELATION = 0.5
"""Correlation within recordings that is assumed."""


class McNemar(TypedDict):
    """Videos that only the first of two ways gets right, those that only the second does, and the two-sided p."""

    gained: int
    lost: int
    p: float


class Gain(McNemar):
    """What one way gains over another in points, its 95 % interval, and p where whole recordings change sign."""

    gain: float
    gain_ci95: list[float]
    p_recordings: float


@dataclass(frozen=True)
class Recordings:
    """Which recording each video is of, (videos,), as numbers from 0, and how many videos each has."""

    member: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def from_names(cls, names: Names) -> "Recordings":
        """Return the recordings with these `names`, one a video."""
        _, member, sizes = np.unique(names, return_inverse=True, return_counts=True)
        return cls(member, sizes)

    def sums(self, values: Deviations) -> Deviations:
        """Return the sum of `values` (videos,) over each recording, (recordings,)."""
        sums: Deviations = np.bincount(self.member, weights=values, minlength=len(self.sizes)).astype(float)
        return sums

    def holding(self, is_in: Right) -> int:
        """Return how many recordings have a video that `is_in`."""
        return int(np.count_nonzero(np.bincount(self.member[is_in], minlength=len(self.sizes))))

    @property
    def alike(self) -> float:
        """The design effect if all videos of a recording were alike: the mean size of a video's recording."""
        return float((self.sizes**2).sum() / self.sizes.sum())


def interval(right: Right, recordings: Names) -> Interval:
    """Return the 95 % interval of the percentage of correct videos.

    Wilson's interval ("Probable inference, the law of succession, and statistical inference", 1927) of the effective
    number of videos; near 0 and 100 % at least as wide as the exact bound at one end. Of n videos that are all right it
    begins at or below n / (n + 3.84), where a bootstrap would be 100 to 100.
    """
    of = Recordings.from_names(recordings)
    mean = float(right.mean())
    informative = min(of.holding(right), of.holding(~right))
    videos = effective_videos(of, right.astype(float) - mean, mean * (1 - mean), informative)
    shrunken = 1 + Z**2 / videos
    centre = (mean + Z**2 / (2 * videos)) / shrunken
    half = Z / shrunken * np.sqrt(mean * (1 - mean) / videos + Z**2 / (4 * videos**2))
    low = min(centre - half, _exact_bound(mean * videos, videos))
    high = max(centre + half, 1 - _exact_bound((1 - mean) * videos, videos))
    return 100 * max(0.0, float(low)), 100 * min(1.0, float(high))


def gain(ours: Right, theirs: Right, recordings: Names) -> Gain:
    """Return what `ours` gains over `theirs` on the same videos, (videos,) each, with its interval and its tests."""
    difference = ours.astype(float) - theirs
    low, high = gain_interval(ours, theirs, recordings)
    return {
        "gain": round(100 * float(difference.mean()), 4),
        "gain_ci95": [round(low, 4), round(high, 4)],
        **mcnemar(ours, theirs),
        "p_recordings": sign_flip(Recordings.from_names(recordings).sums(difference)),
    }


def gain_interval(ours: Right, theirs: Right, recordings: Names) -> Interval:
    """Return the paired 95 % interval of what `ours` gains over `theirs` on the same videos, in points.

    Half a video is added to those that only one of the two gets right: Agresti and Min, "Simple improved confidence
    intervals for comparing matched proportions", 2005; here of the effective number of videos. Two ways that are right
    on the same videos have an interval too.
    """
    of = Recordings.from_names(recordings)
    difference = ours.astype(float) - theirs
    points = float(difference.mean())
    only_ours, only_theirs = float((ours & ~theirs).mean()), float((theirs & ~ours).mean())
    variance = only_ours + only_theirs - points**2
    videos = effective_videos(of, difference - points, variance, of.holding(ours != theirs))
    up, down = ((part * videos + 0.5) / (videos + 1) for part in (only_ours, only_theirs))
    half = Z * np.sqrt((up + down - (up - down) ** 2) / (videos + 1))
    return 100 * max(-1.0, float(up - down - half)), 100 * min(1.0, float(up - down + half))


def effective_videos(recordings: Recordings, deviations: Deviations, variance: float, informative: int) -> float:
    """Return how many independent videos are worth as much as these.

    `deviations` (videos,) are from the mean, and `variance` is that of a single video. The design effect is a mean of
    the measured one, weighted by the `informative` recordings, and of an assumed one.
    """
    videos, number = len(deviations), len(recordings.sizes)
    if number < 2:
        return 1.0
    by_recording = number / (number - 1) * float((recordings.sums(deviations) ** 2).sum()) / videos
    measured = by_recording / variance if variance > 0 else 1.0
    assumed = 1 + (recordings.alike - 1) * PRIOR_CORRELATION
    effect = (informative * measured + PRIOR_RECORDINGS * assumed) / (informative + PRIOR_RECORDINGS)
    return videos / min(max(effect, 1.0), recordings.alike)


def mcnemar(ours: Right, theirs: Right) -> McNemar:
    """Return McNemar's exact test: the videos that only one of two ways gets right, and the two-sided p.

    It takes every video for independent of the others, and so p for smaller than it is where recordings have several.
    McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    """
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    differ = only_ours + only_theirs
    p = min(1.0, 2 * float(bdtr(min(only_ours, only_theirs), differ, 0.5)))
    return {"gained": only_ours, "lost": only_theirs, "p": p}


def sign_flip(differences: Deviations) -> float:
    """Return the two-sided p of whole numbers (recordings,) against chance, under which each may have either sign.

    Exact: the distribution of the sum over all signs, built up recording by recording. Where each is -1, 0 or 1 it is
    McNemar's. Fisher, "The Design of Experiments", 1935, section 21.
    """
    sizes = np.abs(differences[differences != 0]).astype(int)
    total = int(sizes.sum())
    chances = np.zeros(2 * total + 1)
    chances[total] = 1.0
    for size in sizes:
        moved = np.zeros_like(chances)
        moved[size:] += chances[:-size] / 2
        moved[:-size] += chances[size:] / 2
        chances = moved
    is_as_far = np.abs(np.arange(-total, total + 1)) >= abs(round(differences.sum()))
    return min(1.0, float(chances[is_as_far].sum()))


def _exact_bound(hits: float, videos: float) -> float:
    """Return the probability under which so many hits or more have a chance of `EXACT_TAIL`; 0 without hits.

    Clopper and Pearson's bound, for numbers that need not be whole.
    """
    return float(betaincinv(hits, videos - hits + 1, EXACT_TAIL)) if hits > 1e-9 else 0.0
