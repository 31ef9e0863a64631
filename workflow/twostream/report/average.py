"""Several runs as one: the mean and the standard deviation of each row that all of them have."""

from collections.abc import Callable, Sequence
from functools import reduce
from statistics import fmean, stdev
from typing import TypedDict, TypeVar

from twostream import selected_on
from twostream.errors import InputError
from twostream.fusion.contract import FusionRow, Params, StreamRow
from twostream.report import likeness
from twostream.report.likeness import DifferenceRow
from twostream.selected_on import EpochNote, Selection
from twostream.text import printable

ANYWAY = ", or give --anyway, which says on the page what differs"
FIRST = 3
"""Settings that an error names."""

Row = TypeVar("Row")


class Figures(EpochNote):
    """Means over `runs` runs, their standard deviations (`sd`), and what the epoch was chosen on, if known."""

    runs: int
    top1: float
    top1_sd: float
    top5: float
    top5_sd: float
    mean_class_accuracy: float
    mean_class_accuracy_sd: float


class RunRow(EpochNote):
    """The reported fusion of one run."""

    run: str
    top1: float
    top5: float
    mean_class_accuracy: float


class MeanStreamRow(Figures):
    """A stream, over all runs."""

    stream: str
    split: str


class MeanFusionRow(Figures):
    """A way to fuse, over all runs; `params` are those of a fixed rule."""

    strategy: str
    selected_on: str
    streams: list[str]
    params: Params


class MeanReport(TypedDict):
    """The numbers of the mean of several runs, in which settings they differ, and whose settings are not known."""

    title: str
    runs: list[RunRow]
    streams: list[MeanStreamRow]
    fusion: list[MeanFusionRow]
    left_out: list[str]
    differs: list[DifferenceRow]
    unknown: list[str]


class Run(TypedDict):
    """What of a run's report is averaged."""

    streams: list[StreamRow]
    fusion: list[FusionRow]
    class_names: list[str]


def mean(runs: Sequence[Run], names: Sequence[str], anyway: bool = False) -> MeanReport:
    """Return the rows of `streams` and `fusion` that all runs have: means, and sample deviations (over n - 1).

    `names` are those of the runs. `best_epoch_on` is that of the least trusted run, `left_out` the strategies that not
    all runs have. InputError with fewer than two runs, where the streams or the classes differ or no way to fuse is in
    all, and unless `anyway` where a run stands twice or anything differs but seeds and splits.
    """
    if len(runs) < 2:
        raise InputError("mean", "there is one run", "give two reports or more")
    _check_streams(runs, names)
    _check_classes(runs, names)
    differs = likeness.differences(runs)
    if not anyway:
        _check_alike(runs, names, differs)
    common = _common_ways(runs, names)
    averaged = {_fusion_identity(rows[0]) for rows in common}
    others = [row["strategy"] for run in runs for row in run["fusion"] if _fusion_identity(row) not in averaged]
    return {
        "title": f"Mean of {len(runs)} runs",
        "runs": [_run(name, run["fusion"][0]) for name, run in zip(names, runs, strict=True)],
        "streams": [
            {"stream": rows[0]["stream"], "split": rows[0]["split"], **_figures(rows)}
            for rows in _common([run["streams"] for run in runs], _stream_identity)
        ],
        "fusion": [_fusion_row(rows) for rows in common],
        "left_out": list(dict.fromkeys(others)),
        "differs": differs,
        "unknown": [name for name, run in zip(names, runs, strict=True) if not likeness.is_known(run)],
    }


def _check_streams(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Raise InputError where a run has other streams than the first one."""
    first, *others = [", ".join(row["stream"] for row in run["streams"]) for run in runs]
    for name, streams in zip(names[1:], others, strict=True):
        if streams != first:
            problem = f"its streams are {streams}, those of {names[0]} are {first}"
            raise InputError(name, problem, "give reports of the same streams")


def _check_classes(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Raise InputError where a run has other classes than the first one: an average over data sets says nothing."""
    first, *others = [sorted(run.get("class_names", [])) for run in runs]
    for name, classes in zip(names[1:], others, strict=True):
        if first and classes and classes != first:
            problem = f"its {len(classes)} classes are not the {len(first)} of {names[0]}"
            raise InputError(name, problem, "give reports of the same data set")


def _check_alike(runs: Sequence[Run], names: Sequence[str], differs: Sequence[DifferenceRow]) -> None:
    """Raise InputError where a run stands twice among `runs`, or more than seeds and splits `differs`."""
    twins = likeness.twins(runs)
    if twins:
        first, second = (names[number] for number in twins)
        problem = f"is the same run as {first}" if first != second else "stands twice"
        raise InputError(second, problem, f"give runs of other seeds or splits{ANYWAY}")
    others = [f"{row['setting']} ({', '.join(map(str, row['values']))})" for row in differs if not row["allowed"]]
    if others:
        more = f" and {len(others) - FIRST} more" if len(others) > FIRST else ""
        problem = f"these runs differ in more than seed or split: {', '.join(others[:FIRST])}{more}"
        raise InputError("mean", printable(problem), f"give runs of the same settings{ANYWAY}")


def _common_ways(runs: Sequence[Run], names: Sequence[str]) -> list[list[FusionRow]]:
    """Return the ways to fuse that all runs have, each as its rows by run; InputError where there is none."""
    first, *others = [run["fusion"] for run in runs]
    for name, rows in zip(names[1:], others, strict=True):
        if not _common([first, rows], _fusion_identity):
            problem = f"has no way to fuse in common with {names[0]}"
            raise InputError(name, problem, "give reports of the same settings")
    common = _common([first, *others], _fusion_identity)
    if not common:
        raise InputError("mean", "no way to fuse is in all of these runs", "give reports of the same settings")
    return common


def _common(runs: Sequence[Sequence[Row]], identity: Callable[[Row], str]) -> list[list[Row]]:
    """Return the rows that all runs have, each as a list by run; rows of one `identity` are the same row."""
    by_identity = [{identity(row): row for row in rows} for rows in runs]
    return [
        [rows[name] for rows in by_identity] for name in by_identity[0] if all(name in rows for rows in by_identity)
    ]


def _stream_identity(row: StreamRow) -> str:
    return str([row["stream"], row["split"]])


def _fusion_identity(row: FusionRow) -> str:
    """Return what is the same in all runs: with a fixed rule its parameters too, which no run chose."""
    return str([row["strategy"], Selection.from_text(row["selected_on"]).videos, row["streams"], _fixed_params(row)])


def _fixed_params(row: FusionRow) -> Params:
    return row["params"] if row["selected_on"] == selected_on.NOTHING else {}


def _run(name: str, row: FusionRow) -> RunRow:
    return {
        "run": name,
        "top1": row["top1"],
        "top5": row["top5"],
        "mean_class_accuracy": row["mean_class_accuracy"],
        **_epoch_note([row]),
    }


def _fusion_row(rows: Sequence[FusionRow]) -> MeanFusionRow:
    first = rows[0]
    return {
        "strategy": first["strategy"],
        "selected_on": str(reduce(Selection.merge, [Selection.from_text(row["selected_on"]) for row in rows])),
        "streams": first["streams"],
        "params": _fixed_params(first),
        **_figures(rows),
    }


def _figures(rows: Sequence[StreamRow | FusionRow]) -> Figures:
    top1, top1_sd = _mean_and_deviation([row["top1"] for row in rows])
    top5, top5_sd = _mean_and_deviation([row["top5"] for row in rows])
    of_classes, of_classes_sd = _mean_and_deviation([row["mean_class_accuracy"] for row in rows])
    return {
        "runs": len(rows),
        "top1": top1,
        "top1_sd": top1_sd,
        "top5": top5,
        "top5_sd": top5_sd,
        "mean_class_accuracy": of_classes,
        "mean_class_accuracy_sd": of_classes_sd,
        **_epoch_note(rows),
    }


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return round(fmean(values), 4), round(stdev(values), 4)


def _epoch_note(rows: Sequence[StreamRow | FusionRow]) -> EpochNote:
    note = selected_on.epoch_note([row.get("best_epoch_on", selected_on.UNKNOWN) for row in rows])
    counts = [row["tested_in_training"] for row in rows if "tested_in_training" in row]
    return {**note, "tested_in_training": max(counts)} if counts else note
