"""What is chosen is chosen on other videos than it is judged on.

Videos are divided into folds that keep groups whole. What is fused for a fold is chosen and fitted on all
the others, and where there is something to choose between, by leaving out each of *them* in turn: no label
of a fold has a part in anything that is done to it. Stone, "Cross-validatory choice and assessment of
statistical predictions", 1974.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from twostream import metrics
from twostream.compute.workers import cores, progress
from twostream.metrics import Labels, Scores
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, VALIDATION

Params = dict[str, Any]
Mask = NDArray[np.bool_]
Fit = Callable[[Mask], Iterator[tuple[Params, Scores]]]


@dataclass(frozen=True)
class Folds:
    """The fold of each video, (videos,); those of `judged` are fused for, and nothing is chosen on `barred`."""

    of: Labels
    judged: tuple[int, ...]
    barred: int | None
    selected_on: str

    @property
    def number(self) -> int:
        return int(self.of.max()) + 1

    def others(self, *left_out: int) -> list[int]:
        return [fold for fold in range(self.number) if fold not in left_out and fold != self.barred]

    def train(self, *left_out: int) -> Mask:
        """The videos to fit on, (videos,), without the folds `left_out`."""
        return np.isin(self.of, self.others(*left_out))


@dataclass(frozen=True)
class Fitted:
    """A way to fuse that is ready, and what it makes of the videos it was not fitted on."""

    params: Params
    scores: Callable[[], Scores]


@dataclass(frozen=True)
class Family:
    """Variants of a way to fuse, always in the same order.

    `tried(h, j)` gives the number of fold j's videos that each gets right when fitted without h and j;
    `fitted(h)` gives each, fitted without h, to fuse the videos of h.
    """

    tried: Callable[[int, int], Sequence[int]]
    fitted: Callable[[int], Sequence[Fitted]]


def divide(groups: NDArray[np.str_], tested: Mask, most: int) -> Folds | None:
    """A fold a group, or `most` folds of whole groups if there are more groups; None if there is only one.

    Where there are videos to validate on, those are divided, and the test videos are a fold by themselves.
    """
    chosen_on = ~tested if not tested.all() else tested
    names, sizes = np.unique(groups[chosen_on], return_counts=True)
    if tested.all() and len(names) < 2:
        return None
    number = min(len(names), most)
    filled = np.zeros(number, np.int64)
    fold_of: dict[str, int] = {}
    for place in np.argsort(-sizes, kind="stable") if len(names) > most else range(len(names)):
        fold_of[names[place]] = int(filled.argmin())
        filled[filled.argmin()] += sizes[place]
    of = np.full(len(groups), number)
    of[chosen_on] = [fold_of[group] for group in groups[chosen_on]]
    if not tested.all():
        return Folds(of, (number,), number, VALIDATION)
    return Folds(
        of,
        tuple(range(number)),
        None,
        LEAVE_ONE_GROUP_OUT if number == len(names) else f"{number} folds of whole groups",
    )


def nested(families: Mapping[str, Family], folds: Folds, classes: int) -> tuple[Scores, list[Params]]:
    """Scores (videos, classes) of the judged videos by the variant that is best on the other folds, and which it was.

    With one other fold there is none to leave out of it, and the first family's first variant is taken.
    """
    fused = np.full((len(folds.of), classes), np.nan)
    chosen: Counter[str] = Counter()
    for held_out in folds.judged:
        name, place = _best(families, folds, held_out)
        fitted = families[name].fitted(held_out)[place]
        fused[folds.of == held_out] = fitted.scores()
        chosen[json.dumps({"strategy": name} | fitted.params)] += 1
    return fused, [json.loads(params) | {"folds": count} for params, count in chosen.most_common()]


def learned(fit: Fit, labels: Labels, folds: Folds, workers: int) -> Family:
    """The family of what `fit` yields: parameters and scores of the videos that it was not given to learn from."""

    def hits(left_out: frozenset[int]) -> list[Labels]:
        train = folds.train(*left_out)
        return [_hits(scores, labels[~train], folds.of[~train], folds.number) for _, scores in fit(train)]

    @cache
    def all_hits() -> dict[frozenset[int], list[Labels]]:
        """Without folds h and j is without j and h: each pair is fitted once."""
        pairs = list({frozenset((held_out, inner)) for held_out in folds.judged for inner in folds.others(held_out)})
        with threadpool_limits(1), ThreadPoolExecutor(cores(workers)) as pool:
            fits = [pool.submit(hits, pair) for pair in pairs]
            return {pair: done.result() for pair, done in zip(pairs, progress(fits, "learn", "fit"), strict=True)}

    @cache
    def fitted(held_out: int) -> list[Fitted]:
        train = folds.train(held_out)
        own = folds.of[~train] == held_out
        return [Fitted(params, _given(scores[own])) for params, scores in fit(train)]

    def tried(held_out: int, inner: int) -> list[int]:
        return [int(found[inner]) for found in all_hits()[frozenset((held_out, inner))]]

    return Family(tried, fitted)


def _best(families: Mapping[str, Family], folds: Folds, held_out: int) -> tuple[str, int]:
    """The family's name and the variant's place; of equals the first."""
    others = folds.others(held_out)
    best, most = (next(iter(families)), 0), -1
    for name, family in families.items() if len(others) > 1 else ():
        hits = np.sum([family.tried(held_out, inner) for inner in others], axis=0)
        if hits.max() > most:
            best, most = (name, int(hits.argmax())), hits.max()
    return best


def _given(scores: Scores) -> Callable[[], Scores]:
    return lambda: scores


def _hits(scores: Scores, labels: Labels, of: Labels, number: int) -> Labels:
    return np.bincount(of[metrics.ranks(scores, labels) == 0], minlength=number)
