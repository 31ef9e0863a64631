"""Several runs as one: the mean and the standard deviation of each row that all of them have."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from twostream import selected_on
from twostream.errors import InputError

Page = dict[str, Any]
Row = dict[str, Any]

FIGURES = ("top1", "top5", "mean_class_accuracy")


def mean(pages: Sequence[Page], names: Sequence[str]) -> Page:
    """Rows of `streams` and `fusion` with `top1` the mean over the runs and `top1_sd` their standard deviation.

    The deviation is that of a sample, over n - 1. `best_epoch_on` is that of the most doubtful run. InputError with
    fewer than two runs, or with other streams.
    """
    if len(pages) < 2:
        raise InputError("mean: there is one run: give at least two reports")
    streams = [[row["stream"] for row in page["streams"]] for page in pages]
    for name, found in zip(names, streams, strict=True):
        if found != streams[0]:
            raise InputError(f"{name}: its streams are {', '.join(found)}, those of {names[0]} {', '.join(streams[0])}")
    return {
        "title": f"Mean of {len(pages)} runs",
        "runs": [
            {"run": name, **{figure: best[figure] for figure in FIGURES}, **_chosen_on([best])}
            for name, best in zip(names, (page["fusion"][0] for page in pages), strict=True)
        ],
        "streams": _rows([page["streams"] for page in pages], ("stream", "split")),
        "fusion": _rows([page["fusion"] for page in pages], ("strategy", "selected_on", "streams")),
    }


def _rows(runs: Sequence[Sequence[Row]], shared: Sequence[str]) -> list[Row]:
    """Rows of one name and place among those of that name; fixed parameters are part of the name."""
    keyed = [{_identity(row, shared): row for row in rows} for rows in runs]
    return [
        {name: keyed[0][key][name] for name in shared}
        | ({"params": keyed[0][key]["params"] if _is_fixed(keyed[0][key]) else {}} if "params" in keyed[0][key] else {})
        | _figures([rows[key] for rows in keyed])
        | _chosen_on([rows[key] for rows in keyed])
        for key in keyed[0]
        if all(key in rows for rows in keyed)
    ]


def _identity(row: Row, shared: Sequence[str]) -> str:
    return str([row[name] for name in shared] + ([row["params"]] if _is_fixed(row) else []))


def _is_fixed(row: Row) -> bool:
    return row.get("selected_on") == "nothing"


def _figures(rows: Sequence[Row]) -> Row:
    found: Row = {"runs": len(rows)}
    for figure in FIGURES:
        values = [row[figure] for row in rows]
        found |= {figure: round(fmean(values), 4), f"{figure}_sd": round(stdev(values), 4)}
    return found


def _chosen_on(rows: Sequence[Row]) -> Row:
    return dict(selected_on.epoch_note([row.get("best_epoch_on", selected_on.UNKNOWN) for row in rows]))
