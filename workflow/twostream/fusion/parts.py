"""The parts of a fusion, one after the other: what each selects, within the time that there is."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from threadpoolctl import threadpool_limits

from twostream import text
from twostream.fusion import budget, nested, search
from twostream.fusion.blend import Blend, Member
from twostream.fusion.budget import BLEND, DISCRIMINANT, GRID, KERNEL_RIDGE, SCALES, STACKED
from twostream.fusion.contract import LeftOut
from twostream.fusion.discriminant import Discriminant
from twostream.fusion.family import LearnedFamily
from twostream.fusion.features import Features
from twostream.fusion.folds import Folds
from twostream.fusion.grid_method import GridMethod
from twostream.fusion.kernel_ridge import KernelRidge
from twostream.fusion.learned_method import CrossFits, ScalesMethod
from twostream.fusion.nested import Method, Nested
from twostream.fusion.search import GridSearch
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stacking import Stacked
from twostream.fusion.stream_scores import StreamScores

FAMILIES: dict[str, Callable[[Features], LearnedFamily]] = {
    DISCRIMINANT: Discriminant,
    KERNEL_RIDGE: KernelRidge,
    STACKED: Stacked,
}
"""The learned families by their names in the configuration."""
ROWS = (SCALES, *FAMILIES, BLEND)
"""The learned rules in the order of their rows, after those of the grid."""
INTERRUPTED = "interrupted"
WORTH_SAYING = 10.0
"""Seconds that are left from which on they are told."""


@dataclass
class Selected:
    """What was selected by name, in the order of the rows; the grid, None where it was not counted; what is missing.

    `methods` are those that selected it, by the same names.
    """

    by_name: dict[str, Nested] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    grid: GridSearch | None = None
    left_out: list[LeftOut] = field(default_factory=list)


def select(
    streams: StreamScores, folds: Folds, settings: FusionSettings, workers: int, keep_on_interrupt: bool
) -> Selected:
    """Select by all parts that `settings` name and leave time for.

    On Ctrl-C, with `keep_on_interrupt`, the rest is left out; without, KeyboardInterrupt goes on.
    """
    in_time, left_out = budget.within(budget.size_of(streams, folds), settings)
    parts = _Parts(streams, folds, settings, workers)
    if GRID not in in_time:
        parts.settings = replace(settings, normalisations=["none"], poolings=["mean"], mixed=False)
    with threadpool_limits(1):
        return _select_each(parts, in_time, left_out, keep_on_interrupt)


def _select_each(parts: "_Parts", in_time: Sequence[str], left_out: list[LeftOut], keep_on_interrupt: bool) -> Selected:
    """Select part by part; the threads run several fits at once, so that linear algebra gets one thread in each."""
    selected = Selected(left_out=left_out)
    names = [part for part in budget.PARTS if part in in_time or part == GRID]
    for position, name in enumerate(names):
        parts.say(name, names[position:])
        try:
            selected.by_name |= parts.select(name)
        except KeyboardInterrupt:
            if not keep_on_interrupt:
                raise
            selected.left_out += [{"what": rest, "why": INTERRUPTED} for rest in names[position:]]
            break
    selected.grid, selected.methods = parts.grid, parts.methods
    grid = [name for name in selected.by_name if name not in ROWS]
    order = [*grid, *(name for name in ROWS if name in selected.by_name)]
    selected.by_name = {name: selected.by_name[name] for name in order}
    return selected


class _Parts:
    """Selects part by part; the learned ones share their features and the fits of `scales`."""

    def __init__(self, streams: StreamScores, folds: Folds, settings: FusionSettings, workers: int) -> None:
        self.settings = settings
        self.grid: GridSearch | None = None
        self.methods: dict[str, Method] = {}
        self._streams, self._folds, self._workers = streams, folds, workers
        self._fits: CrossFits | None = None
        self._seconds = budget.reckon(budget.size_of(streams, folds), settings)
        self._members: list[Member] = []

    def say(self, part: str, rest: Sequence[str]) -> None:
        """Say which part begins and what is reckoned to be left, where that is worth saying."""
        seconds = sum(self._seconds[name] for name in rest)
        if seconds >= WORTH_SAYING:
            print(f"fusion: {part}; about {text.duration(seconds)} left on two cores", file=sys.stderr)

    def select(self, part: str) -> dict[str, Nested]:
        """Return what a part selects, by the names of its rows."""
        if part == GRID:
            return self._select_grid()
        if part == BLEND:
            if len(self._members) < 2:
                return {}
            return self._nested({BLEND: Blend(self._members, self._streams.labels, self._folds)}, self._workers)
        member = self._fit(part)
        selected = self._nested({part: member}, self._workers)
        self._members.append(member)
        return selected

    def _nested(self, methods: Mapping[str, Method], workers: int = 1) -> dict[str, Nested]:
        """Return what each method selects, in threads where it is of fits that are done, and keep the method."""
        selected = {name: nested.select(method, self._folds, workers) for name, method in methods.items()}
        self.methods |= methods
        return selected

    def _select_grid(self) -> dict[str, Nested]:
        """Return what each name of the grid selects; `RAW` and `ANY` are candidates, the others are parts of `ANY`."""
        grid = search.prepare(self._streams, self._folds, self.settings, self._workers)
        candidates = (search.RAW, search.ANY)
        selected = self._nested({name: GridMethod(grid, name, name in candidates) for name in grid.names})
        self.grid = grid
        return selected

    def _fit(self, part: str) -> Member:
        if self._fits is None:
            features = Features(self._streams.scores, self._streams.labels, self._folds)
            self._fits = CrossFits(features, self._streams.names, self._workers)
        if part == SCALES:
            return ScalesMethod(self._fits)
        return self._fits.fit(part, FAMILIES[part](self._fits.features))


def is_interrupted(left_out: Sequence[LeftOut]) -> bool:
    """Return whether Ctrl-C ended a fusion that left out these parts."""
    return any(part["why"] == INTERRUPTED for part in left_out)
