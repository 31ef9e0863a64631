"""The quality of what the networks saw, as it was measured on a sample of videos, and the checks that follow."""

from dataclasses import dataclass

import numpy as np

from twostream.report.checks import FAIL, PASS, WARN, check
from twostream.report.contents import Check

EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Of the histogram of magnitudes, in pixels a frame; the last bin has no upper edge."""
CLIPPED_ALL, CLIPPED_VIDEO = 0.001, 0.02
"""Fractions of all vectors, and of those of a video, that may be clipped."""
SEVERE = 10
"""Times as much is a failure."""
MANY = 0.5
"""The fraction of a video's moments from which on it is reported."""
MOMENTS_IN_WORDS = {
    "still": "flow that is zero everywhere",
    "black": "black frames",
    "frozen": "frames equal to the one before",
}


@dataclass(frozen=True, kw_only=True)
class VideoQuality:
    """What was measured of a video, each a fraction; None without the stacks that it is measured on.

    `clipped` of the flow vectors are at the bound, `still` of the flow fields are zero everywhere, `black` of the
    frames are black, and `frozen` of the frames are equal to the one before.
    """

    id: str
    clipped: float | None = None
    still: float | None = None
    black: float | None = None
    frozen: float | None = None


@dataclass(frozen=True)
class Quality:
    """What was measured of some of `total` videos, and the share of flow vectors in each bin of `EDGES`."""

    videos: tuple[VideoQuality, ...]
    total: int
    histogram: tuple[float, ...]


def checks(quality: Quality) -> list[Check]:
    """Return the checks that the measured videos answer."""
    rows = []
    if any(row.clipped is not None for row in quality.videos):
        rows += [_clipped(quality), _seldom(quality, "still", "Flow moves in every video")]
    if any(row.black is not None for row in quality.videos):
        rows += [_seldom(quality, "black", "No video is black"), _seldom(quality, "frozen", "No video is frozen")]
    return rows


def worst_first(quality: Quality) -> list[VideoQuality]:
    """Return the measured videos, those first of which the most flow is clipped."""
    return sorted(quality.videos, key=lambda row: -(row.clipped or 0))


def _clipped(quality: Quality) -> Check:
    """Check that the bound cuts off no motion that matters."""
    rows = worst_first(quality)
    fractions = [row.clipped or 0.0 for row in rows]
    mean, worst = float(np.mean(fractions)), fractions[0]
    excess = max(mean / CLIPPED_ALL, worst / CLIPPED_VIDEO)
    verdict = PASS if excess <= 1 else WARN if excess <= SEVERE else FAIL
    remedy = "" if verdict == PASS else "; a greater flow.bound would keep them"
    reason = (
        f"at the bound: {_percent(mean)} of all vectors of {_sample(quality)}, {_percent(worst)} of the worst video's"
    )
    over = (f"{row.id}: {_percent(row.clipped)}" for row in rows if row.clipped and row.clipped > CLIPPED_VIDEO)
    return check("Flow stays within its bound", verdict, f"{reason}{remedy}", over)


def _seldom(quality: Quality, field: str, name: str) -> Check:
    """Check that in no measured video half of the moments or more are as `field` says."""
    fractions: list[tuple[float, str]] = [(getattr(row, field) or 0.0, row.id) for row in quality.videos]
    over = sorted((row for row in fractions if row[0] >= MANY), reverse=True)
    some = sum(fraction > 0 for fraction, _ in fractions)
    how_many = f"{some}, of them {len(over)} at half of the moments or more" if some else "none"
    cases = (f"{id}: {_percent(fraction)}" for fraction, id in over)
    return check(name, WARN if over else PASS, f"{MOMENTS_IN_WORDS[field]} in {how_many} ({_sample(quality)})", cases)


def _sample(quality: Quality) -> str:
    return f"{len(quality.videos)} of {quality.total} videos"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"
