"""Which candidate fuses a fold's videos: the simplest that is as good as the best, and not worse than the average."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.evidence import Evidence, paired_error
from twostream.metrics import Labels

AVERAGE = "average"
"""The candidate that needs no labels and no decision: what every other has to beat."""
SIMPLEST_FIRST = (
    AVERAGE,
    "max",
    "2:1",
    "1:2",
    "1:1.5",
    "variance-based",
    "variance-based over samples",
    "scales",
    "weighted",
    "grid",
    "discriminant",
    "kernel_ridge",
    "stacked",
    "blend",
)
"""The order of simplicity: nothing to select; a weight for each stream; a rule and its normalisation; thousands of
parameters, those with a closed form first; all of these together."""


def choose(candidates: Mapping[str, Evidence], clusters: Labels) -> str:
    """Return the name of the candidate to fuse by, given the evidence for each on the same videos.

    A candidate is left out unless it gets more videos right than the average does, by more than one standard error.
    Of the rest, the average among them, the one under which the right classes are most likely is the best, and the
    first in `SIMPLEST_FIRST` within one standard error of it is taken. The error is that of the paired difference, with
    whole `clusters` (videos,). The rule of one standard error: Breiman et al., "Classification and regression trees",
    1984, section 3.4.3.

    Without the first step, candidates that are as good as the average take turns with it over the folds, and lose: what
    a fold is left out of looks better where that fold is the one in which it is worse.
    """
    right = {name: evidence.is_right.astype(np.float64) for name, evidence in candidates.items()}
    better = {name for name in right if not _is_as_good(right[AVERAGE], right[name], clusters)}
    names = [name for name in SIMPLEST_FIRST if name in better | {AVERAGE}]
    logs = {name: candidates[name].log_likelihood for name in names}
    best = max(names, key=lambda name: logs[name].mean())
    return next(name for name in names if _is_as_good(logs[name], logs[best], clusters))


def _is_as_good(ours: NDArray[np.float64], best: NDArray[np.float64], clusters: Labels) -> bool:
    return float((best - ours).mean()) <= paired_error(best, ours, clusters)
