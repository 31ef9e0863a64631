"""Cached results side by side: which settings differ, what that did to the numbers, and whether it is chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twostream import metrics
from twostream.cache import difference
from twostream.cache.store import Entry
from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import derive, page, plots, sections
from twostream.report.page import Plot
from twostream.report.tables import Column, Table

Page = dict[str, Any]
Row = dict[str, Any]

FILES = {"fuse": "fusion.json", "fusion_report": "report.json"}
"""What of a stage holds a result."""


@dataclass(frozen=True)
class Result:
    """What was found under a key of the cache."""

    key: str
    folder: Path
    found: dict[str, Any]


def read(entry: Entry) -> Result:
    """The result in `entry`; InputError where its stage has none, or it is not finished."""
    if entry.stage not in FILES:
        raise InputError(f"{entry.key} is a key of {entry.stage}: give keys of {' or '.join(FILES)}")
    file = entry.folder / FILES[entry.stage]
    if not file.is_file():
        raise InputError(f"{entry.folder} is unfinished: run the workflow with its settings again")
    found = atomic.read_json(file)
    if "predictions" not in found:
        raise InputError(f"{file} is of an older version, without predictions: run the workflow again")
    return Result(entry.key, entry.folder, found)


def compare(results: Sequence[Result]) -> Page:
    """Everything the comparison tells, as plain data; the first result is what the others are compared with."""
    first, *others = results
    return {
        "title": f"{len(results)} results side by side",
        "keys": [result.key for result in results],
        "settings": settings(results),
        "results": [_row(first, first), *(_row(first, other) for other in others)],
        "streams": sorted((row for result in results for row in _stream_rows(first, result)), key=_stream),
    }


def settings(results: Sequence[Result]) -> list[Row]:
    """The settings that are not the same everywhere, with the value that each result has, by its key."""
    first, *others = results
    rows: dict[tuple[str, str], Row] = {}
    for other in others:
        for each in difference.between(first.folder, other.folder):
            same = {"stage": each.stage, "setting": each.setting} | {result.key: each.before for result in results}
            rows.setdefault((each.stage, each.setting), same)[other.key] = each.after
    return list(rows.values())


def paired(first: Result, other: Result, name: str) -> Row:
    """McNemar's test of stream `name`, or of the fusion, in both results, over the videos that both have tested."""
    before, after = _right(first, name), _right(other, name)
    common = sorted(before.keys() & after.keys())
    if not common:
        return {"common": 0, "gained": None, "lost": None, "p": None}
    ours, old = (np.array([right[video] for video in common]) for right in (after, before))
    return {"common": len(common)} | metrics.mcnemar(ours, old)


def render(compared: Page) -> str:
    """The comparison as one HTML page."""
    keys = compared["keys"]
    tests = (Column("gained", "gained", "d"), Column("lost", "lost", "d"), Column("McNemar's p", "p", ".2g"))
    accuracy = (*sections.ACCURACY, Column("change", "change", "+.2f"))
    tested = any(derive.has_tested_epoch(row) for row in compared["results"])
    epoch = [sections.EPOCH] if tested else []
    changed = [Column("setting", "setting"), Column("stage", "stage"), *(Column(key, key) for key in keys)]
    points = [row | {"name": row["key"], "kind": "fused"} for row in compared["results"]]
    told = "; ".join(f"{row['key']} {row['top1']:.1f} %" for row in points)
    content = {
        "title": compared["title"],
        "keys": keys,
        "tested": tested,
        "plot": Plot("accuracies", plots.accuracies(points), f"Top-1 of the results with their intervals: {told}."),
        "results": Table(
            "results",
            "Fused",
            [Column("key", "key"), Column("strategy", "strategy"), *accuracy, sections.INTERVAL, *epoch, *tests],
            compared["results"],
        ),
        "streams": Table(
            "streams",
            "The streams alone",
            [Column("stream", "stream"), Column("key", "key"), *accuracy, sections.INTERVAL, *epoch, *tests],
            compared["streams"],
        ),
        "settings": Table("settings", "What differs", changed, compared["settings"]),
    }
    return page.render("comparison.html", content)


def _row(first: Result, result: Result) -> Row:
    best = derive.reported(result.found)
    change = best["top1"] - derive.reported(first.found)["top1"]
    return _accuracy(first, result, best, derive.FUSED, change) | {"strategy": best["strategy"]}


def _stream_rows(first: Result, result: Result) -> list[Row]:
    """The streams of `result`, each compared with the one of its name in `first`, if there is one."""
    before = {row["stream"]: row["top1"] for row in first.found["streams"]}
    return [
        _accuracy(first, result, row, row["stream"], row["top1"] - before[row["stream"]])
        for row in result.found["streams"]
        if row["stream"] in before
    ]


def _stream(row: Row) -> str:
    return row["stream"]


def _accuracy(first: Result, result: Result, row: Row, name: str, change: float) -> Row:
    low, high = row["ci95"]
    is_first = first.key == result.key
    return {
        "key": result.key,
        "stream": name,
        "top1": row["top1"],
        "top5": row["top5"],
        "low": low,
        "high": high,
        "interval": f"{low:.1f} to {high:.1f}",
        "change": None if is_first else round(change, 4),
        "mark": derive.mark(row, is_first),
        "best_epoch_on": row.get("best_epoch_on"),
        **(paired(first, result, name) if not is_first else {"common": None}),
    }


def _right(result: Result, name: str) -> dict[str, bool]:
    """Whether each test video is right, by its name; classes are compared by number within one result."""
    told = result.found["predictions"]
    rows = zip(told["video"], told["label"], told["predicted"][name], strict=True)
    return {video: label == predicted for video, label, predicted in rows}
