"""Fusion of streams from their cached scores: no network, no video, no test label in a choice.

A fixed rule (average, max, the ratios in use since the first two-stream papers) has nothing to choose. A
weight is chosen by leaving one group out: each group's videos are judged with the weight that is best on
all the others. The weight that is best on the test videos themselves is shown too, as the oracle it is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream import metrics
from twostream.errors import InputError
from twostream.logits import Logits
from twostream.metrics import Labels, Ranks, Scores

FIXED = "nothing"
HONEST = "leave-one-group-out"
ORACLE = "oracle"
RATIOS = ((2.0, 1.0), (1.0, 2.0), (1.0, 1.5))
"""Spatial to temporal: the reference's two, and that of Temporal Segment Networks."""
WEIGHTS_AT_ONCE = 64


@dataclass(frozen=True)
class Bootstrap:
    resamples: int
    seed: int


@dataclass(frozen=True)
class Test:
    """The test videos: S streams' pooled scores (S, videos, classes), labels and groups."""

    streams: tuple[str, ...]
    scores: Scores
    labels: Labels
    groups: NDArray[np.str_]
    video_id: tuple[str, ...]
    class_name: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """One way to fuse, and what it makes of every test video."""

    strategy: str
    params: dict[str, Any]
    selected_on: str
    ranks: Ranks
    predicted: Labels


def gather(streams: Mapping[str, Logits], normalisation: str, files: Mapping[str, Path]) -> Test:
    """The test videos of `streams`, matched by name and pooled by the mean over their samples."""
    names = tuple(streams)
    first = streams[names[0]]
    for name in names[1:]:
        _check_alike(first, streams[name], files[names[0]], files[name])
    tested = np.array(first.split) == "test"
    if not tested.any():
        raise InputError(f"{files[names[0]]}: it has no test video: give split lists that name some")
    pooled = [_normalised(streams[name].logits, normalisation).mean(axis=1) for name in names]
    return Test(
        names,
        np.stack(pooled)[:, tested],
        first.label[tested],
        np.array(first.group)[tested],
        tuple(np.array(first.video_id)[tested].tolist()),
        first.class_name,
    )


def search(test: Test, step: float) -> list[Candidate]:
    """Every way to fuse that is known here; the first is the one to report."""
    fixed = [
        _judged(test, "average", {}, FIXED, test.scores.mean(axis=0)),
        _judged(test, "max", {}, FIXED, test.scores.max(axis=0)),
    ]
    if len(test.streams) == 1:
        return fixed[:1]
    if len(test.streams) == 2:
        fixed += [_judged(test, "weighted", _params(test, ratio), FIXED, _mix(test, ratio)) for ratio in RATIOS]
    grid = simplex(len(test.streams), step)
    searched = np.concatenate(
        [
            metrics.ranks(np.tensordot(some, test.scores, axes=1), test.labels)
            for some in np.array_split(grid, -(-len(grid) // WEIGHTS_AT_ONCE))
        ]
    )
    best = grid[int((searched == 0).mean(axis=1).argmax())]
    oracle = _judged(test, "weighted", _params(test, best), ORACLE, _mix(test, best))
    honest = _leave_one_group_out(test, grid, searched)
    return [*([honest] if honest else []), *fixed, oracle]


def simplex(streams: int, step: float) -> NDArray[np.float64]:
    """All weights (n, streams) that are multiples of `step` and add up to 1, the most even ones first."""
    parts = round(1 / step)
    rows = [row for row in product(range(parts + 1), repeat=streams - 1) if sum(row) <= parts]
    weights = np.array([(*row, parts - sum(row)) for row in rows]) / parts
    return weights[np.argsort(((weights - 1 / streams) ** 2).sum(axis=1), kind="stable")]


def stream_rows(test: Test, bootstrap: Bootstrap) -> Iterator[dict[str, Any]]:
    """A row of the report for each stream alone."""
    for name, scores in zip(test.streams, test.scores, strict=True):
        row = {"stream": name, "split": "test", "videos": len(test.labels)}
        yield row | _accuracy(test, metrics.ranks(scores, test.labels), bootstrap)


def fusion_rows(test: Test, candidates: Sequence[Candidate], bootstrap: Bootstrap) -> Iterator[dict[str, Any]]:
    """A row of the report for each candidate."""
    for candidate in candidates:
        row = {
            "strategy": candidate.strategy,
            "streams": list(test.streams),
            "params": candidate.params,
            "selected_on": candidate.selected_on,
        }
        yield row | _accuracy(test, candidate.ranks, bootstrap)


def _leave_one_group_out(test: Test, grid: NDArray[np.float64], searched: Ranks) -> Candidate | None:
    """Each group judged with the weights that are best on the other groups; None with one group only."""
    groups = np.unique(test.groups)
    if len(groups) < 2:
        return None
    fused = np.empty(test.scores.shape[1:])
    chosen: Counter[tuple[float, ...]] = Counter()
    for group in groups:
        held_out = test.groups == group
        best = grid[int((searched[:, ~held_out] == 0).mean(axis=1).argmax())]
        fused[held_out] = np.tensordot(best, test.scores[:, held_out], axes=1)
        chosen[tuple(best)] += 1
    params = [_params(test, weights) | {"groups": count} for weights, count in chosen.most_common()]
    return _judged(test, "weighted", {"chosen": params}, HONEST, fused)


def _judged(test: Test, strategy: str, params: dict[str, Any], selected_on: str, fused: Scores) -> Candidate:
    return Candidate(
        strategy, params, selected_on, metrics.ranks(fused, test.labels), fused.argmax(axis=1).astype(np.int64)
    )


def _mix(test: Test, weights: Sequence[float] | NDArray[np.float64]) -> Scores:
    return np.tensordot(np.asarray(weights, np.float64), test.scores, axes=1)


def _params(test: Test, weights: Sequence[float] | NDArray[np.float64]) -> dict[str, Any]:
    return {"weights": {name: round(float(w), 4) for name, w in zip(test.streams, weights, strict=True)}}


def _accuracy(test: Test, ranks: Ranks, bootstrap: Bootstrap) -> dict[str, Any]:
    low, high = metrics.interval(ranks == 0, test.groups, bootstrap.resamples, bootstrap.seed)
    return {
        "top1": round(metrics.top(ranks, 1), 4),
        "top5": round(metrics.top(ranks, 5), 4),
        "mean_class_accuracy": round(metrics.mean_class_accuracy(ranks, test.labels), 4),
        "ci95": [round(low, 4), round(high, 4)],
    }


def _normalised(logits: NDArray[np.float32], normalisation: str) -> Scores:
    scores = logits.astype(np.float64)
    if normalisation == "none":
        return scores
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _check_alike(first: Logits, other: Logits, first_file: Path, other_file: Path) -> None:
    for what in ("class_name", "video_id"):
        ours, theirs = getattr(first, what), getattr(other, what)
        if ours != theirs:
            odd = sorted(set(ours) ^ set(theirs))
            told = f"`{odd[0]}` is in one only" if odd else "the order differs"
            raise InputError(f"{other_file}: its {what} is not that of {first_file}: {told}; make both again")
    if not np.array_equal(first.label, other.label):
        raise InputError(f"{other_file}: its labels are not those of {first_file}: make both again")
