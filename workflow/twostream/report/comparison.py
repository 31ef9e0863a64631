"""Cached results side by side: which settings differ, what that did to the numbers, and whether it is chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from twostream import certainty
from twostream.cache import difference, provenance, stages
from twostream.cache.difference import Difference
from twostream.cache.store import Entry
from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import atomic
from twostream.fusion.contract import Findings, FusionRow, StreamRow
from twostream.report import derive
from twostream.report.confusion import FUSED
from twostream.text import printable

FILES = {stage.name: stage.artefact for stage in (stages.FUSE, stages.FUSION_REPORT)}
"""The file of a stage that holds a result."""
OF_A_STREAM = (stages.TRAIN_STREAM.name, stages.DUMP_LOGITS.name)
"""Stages whose settings are those of one stream."""
SAME_DATA = "give keys of results that were tested on the same videos"


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
    """The fusion or a stream of one result of `videos` test videos.

    `change` is in points of top-1 against the first result, on the test videos that both have.
    """

    key: str
    stream: str
    videos: int | None
    top1: float
    top5: float
    low: float
    high: float
    interval: str
    change: float | None
    mark: str
    best_epoch_on: str | None
    tested_in_training: int | None


class ComparedFusion(ComparedRow):
    """The fusion of one result, and the way it was fused."""

    strategy: str


class Comparison(TypedDict):
    """All numbers of a comparison.

    A row of `settings` has the value of each result under its key, and names the streams that it is a setting of.
    """

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
    """Return all numbers of the comparison; the first result is what the others are compared with.

    InputError where another result has other classes, no test video of the first, or such a video under another class.
    """
    first, *others = results
    for other in others:
        _check_comparable(first, other)
    streams = [row for result in results for row in _stream_rows(first, result)]
    return {
        "title": f"{len(results)} results side by side",
        "keys": [result.key for result in results],
        "settings": settings(results),
        "results": [_fusion_row(first, result) for result in results],
        "streams": sorted(streams, key=lambda row: row["stream"]),
    }


def _check_comparable(first: Result, other: Result) -> None:
    """Raise InputError where `other` is of other classes or videos than `first`."""
    ours, theirs = set(first.findings["class_names"]), set(other.findings["class_names"])
    if ours != theirs:
        odd = min(ours ^ theirs)
        problem = f"has other classes than {first.key}: `{odd}` is in one alone, of {len(ours ^ theirs)} such"
        raise InputError(other.key, printable(problem), SAME_DATA)
    class_of, other_class_of = _classes(first), _classes(other)
    common = sorted(class_of.keys() & other_class_of.keys())
    if not common:
        raise InputError(other.key, f"has no test video of {first.key}", SAME_DATA)
    differ = [video for video in common if class_of[video] != other_class_of[video]]
    if differ:
        problem = f"{differ[0]} is of another class than in {first.key}, as are {len(differ) - 1} more"
        raise InputError(other.key, printable(problem), SAME_DATA)


def _classes(result: Result) -> dict[str, str]:
    """Return the class of each test video."""
    predictions, names = result.findings["predictions"], result.findings["class_names"]
    return {video: names[label] for video, label in zip(predictions["video"], predictions["label"], strict=True)}


def settings(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return the settings that are not the same everywhere, with the value that each result has, by its key."""
    first, *others = results
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for other in others:
        for (stage, setting, before), by_stream in _differences(first, other).items():
            for after, streams in by_stream.items():
                stream = ", ".join(filter(None, streams))
                same = {"stage": stage, "setting": setting, "stream": stream} | {each.key: before for each in results}
                rows.setdefault((stage, setting, stream), same)[other.key] = after
    return list(rows.values())


def _differences(first: Result, other: Result) -> dict[tuple[str, str, Any], dict[Any, list[str]]]:
    """Return what differs: by stage, setting and first value, the other value, and the streams of which that is so."""
    rows: dict[tuple[str, str, Any], dict[Any, list[str]]] = {}
    for stream, each in _each_difference(first, other):
        name = stream if each.stage in OF_A_STREAM else ""
        streams = rows.setdefault((each.stage, each.setting, each.before), {}).setdefault(each.after, [])
        streams += [name] if name not in streams else []
    return rows


def _each_difference(first: Result, other: Result) -> Iterator[tuple[str, Difference]]:
    """Yield what differs with the stream whose scores rest on it, streams of one name together, then the fusion's."""
    ours, theirs = _scores_folders(first), _scores_folders(other)
    for name in (name for name in ours if name in theirs):
        yield from ((name, each) for each in difference.between(ours[name], theirs[name]))
    if [*ours] != [*theirs]:
        yield "", Difference(stages.FUSE.name, "streams", ", ".join(ours), ", ".join(theirs))
    folders = [[result.folder, _fusion_folder(result)] for result in (first, other)]
    for before, after in zip(*folders, strict=True):
        yield from (("", each) for each in difference.own(before, after))


def _fusion_folder(result: Result) -> Path:
    """Return the folder of the fusion that `result` is of, or that its report was made from."""
    record = provenance.read(result.folder)
    is_report = record.get("stage") == stages.FUSION_REPORT.name
    return (result.folder / record["inputs"][0]).resolve().parent if is_report and record["inputs"] else result.folder


def _scores_folders(result: Result) -> dict[str, Path]:
    """Return the folder of the scores of each stream."""
    folder = _fusion_folder(result)
    names = [row["stream"] for row in result.findings.get("streams", [])]
    inputs = provenance.read(folder).get("inputs", [])
    return {name: (folder / path).resolve().parent for name, path in zip(names, inputs, strict=False)}


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
    return {**_row(first, result, FUSED, best), "strategy": best["strategy"]}


def _stream_rows(first: Result, result: Result) -> list[ComparedRow]:
    """Return the streams of `result`, each compared with the one of its name in `first`, if there is one."""
    before = {row["stream"] for row in first.findings["streams"]}
    return [_row(first, result, row["stream"], row) for row in result.findings["streams"] if row["stream"] in before]


def _row(first: Result, result: Result, name: str, row: StreamRow | FusionRow) -> ComparedRow:
    low, high = row["ci95"]
    is_first = first.key == result.key
    test: PairedTest = {"common": None} if is_first else paired_test(first, result, name)
    return {
        "key": result.key,
        "stream": name,
        "top1": row["top1"],
        "top5": row["top5"],
        "low": low,
        "high": high,
        "interval": f"{low:.1f} to {high:.1f}",
        "change": _change(test),
        "videos": row.get("videos"),
        "mark": derive.css_class(row, is_first),
        "best_epoch_on": row.get("best_epoch_on"),
        "tested_in_training": row.get("tested_in_training"),
        **test,
    }


def _change(test: PairedTest) -> float | None:
    """Return the change in points of top-1 on the common videos; None for the first result."""
    common, gained, lost = test["common"], test.get("gained"), test.get("lost")
    if not common or gained is None or lost is None:
        return None
    return round(100 * (gained - lost) / common, 4)


def _is_right(result: Result, name: str) -> dict[str, bool]:
    """Return by video whether `name` predicts its class; classes are numbered within one result."""
    predictions = result.findings["predictions"]
    rows = zip(predictions["video"], predictions["label"], predictions["predicted"][name], strict=True)
    return {video: label == predicted for video, label, predicted in rows}
