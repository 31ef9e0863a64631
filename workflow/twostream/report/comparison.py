"""Cached results side by side: which settings differ, what that did to the numbers, and whether it is chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from twostream import certainty
from twostream.cache import difference, provenance, stages
from twostream.cache.store import Entry
from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import atomic
from twostream.fusion.contract import Findings, FusionRow, StreamRow
from twostream.report import derive
from twostream.report.confusion import FUSED

FILES = {stage.name: stage.artefact for stage in (stages.FUSE, stages.FUSION_REPORT)}
"""The file of a stage that holds a result."""


class PairedTest(TypedDict):
    """McNemar's test over the `common` videos; without any, and for the first result, there is none.

    The gain has its interval and its test by recording where the first result says its recordings.
    """

    common: int | None
    gained: NotRequired[int | None]
    lost: NotRequired[int | None]
    p: NotRequired[float | None]
    gain: NotRequired[float]
    gain_ci95: NotRequired[list[float]]
    p_recordings: NotRequired[float]


class ComparedRow(PairedTest):
    """The fusion or a stream of one result, and its change in points of top-1 against the first result."""

    key: str
    stream: str
    top1: float
    top5: float
    low: float
    high: float
    interval: str
    change: float | None
    mark: str
    best_epoch_on: str | None


class ComparedFusion(ComparedRow):
    """The fusion of one result, and the way it was fused."""

    strategy: str


class Comparison(TypedDict):
    """All numbers of a comparison. A row of `settings` has the value of each result under its key."""

    title: str
    keys: list[str]
    settings: list[dict[str, object]]
    results: list[ComparedFusion]
    streams: list[ComparedRow]


@dataclass(frozen=True)
class Result:
    """The findings under a key of the cache."""

    key: str
    folder: Path
    findings: Findings


def read(entry: Entry) -> Result:
    """Return the result in `entry`; InputError where its stage has none, or it is not finished or damaged."""
    if entry.stage not in FILES:
        raise InputError(entry.key, f"this is a key of {entry.stage}", f"give keys of {' or '.join(FILES)}")
    file = entry.folder / FILES[entry.stage]
    if not file.is_file():
        raise InputError(entry.folder, f"there is no {file.name}", "run the workflow with these settings again")
    if provenance.is_changed(file):
        raise InputError(file, "is damaged", "run the workflow with these settings again, which makes it anew")
    findings: Findings = atomic.read_json(file)
    if "predictions" not in findings:
        raise InputError(file, "an older version wrote it, without predictions", RERUN_WORKFLOW)
    return Result(entry.key, entry.folder, findings)


def compare(results: Sequence[Result]) -> Comparison:
    """Return all numbers of the comparison; the first result is what the others are compared with."""
    first = results[0]
    streams = [row for result in results for row in _stream_rows(first, result)]
    return {
        "title": f"{len(results)} results side by side",
        "keys": [result.key for result in results],
        "settings": settings(results),
        "results": [_fusion_row(first, result) for result in results],
        "streams": sorted(streams, key=lambda row: row["stream"]),
    }


def settings(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return the settings that are not the same everywhere, with the value that each result has, by its key."""
    first, *others = results
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for other in others:
        for each in difference.between(first.folder, other.folder):
            same = {"stage": each.stage, "setting": each.setting} | {result.key: each.before for result in results}
            rows.setdefault((each.stage, each.setting), same)[other.key] = each.after
    return list(rows.values())


def paired_test(first: Result, other: Result, name: str) -> PairedTest:
    """Return McNemar's test of stream `name`, or of the fusion, over the videos that both results have tested."""
    before, after = _is_right(first, name), _is_right(other, name)
    common = sorted(before.keys() & after.keys())
    if not common:
        return {"common": 0, "gained": None, "lost": None, "p": None}
    ours, theirs = (np.array([is_right[video] for video in common]) for is_right in (after, before))
    counts = certainty.mcnemar(ours, theirs)
    test: PairedTest = {"common": len(common), "gained": counts["gained"], "lost": counts["lost"], "p": counts["p"]}
    recordings = _recordings(first, common)
    if recordings is not None:
        gain = certainty.gain(ours, theirs, recordings)
        test["gain"], test["gain_ci95"], test["p_recordings"] = gain["gain"], gain["gain_ci95"], gain["p_recordings"]
    return test


def _recordings(result: Result, videos: Sequence[str]) -> NDArray[np.int64] | None:
    """Return the recordings of `videos`, None where the result does not say them."""
    predictions = result.findings["predictions"]
    if "recording" not in predictions:
        return None
    recording_of = dict(zip(predictions["video"], predictions["recording"], strict=True))
    return np.array([recording_of[video] for video in videos])


def _fusion_row(first: Result, result: Result) -> ComparedFusion:
    best = derive.reported_row(result.findings)
    before = derive.reported_row(first.findings)["top1"]
    return {**_row(first, result, FUSED, best, before), "strategy": best["strategy"]}


def _stream_rows(first: Result, result: Result) -> list[ComparedRow]:
    """Return the streams of `result`, each compared with the one of its name in `first`, if there is one."""
    before = {row["stream"]: row["top1"] for row in first.findings["streams"]}
    return [
        _row(first, result, row["stream"], row, before[row["stream"]])
        for row in result.findings["streams"]
        if row["stream"] in before
    ]


def _row(first: Result, result: Result, name: str, row: StreamRow | FusionRow, before: float) -> ComparedRow:
    low, high = row["ci95"]
    is_first = first.key == result.key
    no_test: PairedTest = {"common": None}
    return {
        "key": result.key,
        "stream": name,
        "top1": row["top1"],
        "top5": row["top5"],
        "low": low,
        "high": high,
        "interval": f"{low:.1f} to {high:.1f}",
        "change": None if is_first else round(row["top1"] - before, 4),
        "mark": derive.css_class(row, is_first),
        "best_epoch_on": row.get("best_epoch_on"),
        **(no_test if is_first else paired_test(first, result, name)),
    }


def _is_right(result: Result, name: str) -> dict[str, bool]:
    """Return by video whether `name` predicts its class; classes are numbered within one result."""
    predictions = result.findings["predictions"]
    rows = zip(predictions["video"], predictions["label"], predictions["predicted"][name], strict=True)
    return {video: label == predicted for video, label, predicted in rows}
