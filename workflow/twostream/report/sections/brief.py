"""The facts of the first screen, each in a line: how many videos, at what cost, and made from what."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from twostream import text
from twostream.cache.costs import Reuse
from twostream.cache.stages import DUMP_LOGITS, TRAIN_STREAM
from twostream.report import derive
from twostream.report.confusion import FUSED
from twostream.report.contents import Report
from twostream.report.methods import INPUTS
from twostream.report.sections import origin

Fact = tuple[str, str]
"""A name and its value."""


def size(report: Report) -> dict[str, int]:
    """Return what the accuracy was measured on: how many videos, right ones, classes, and recordings if known."""
    row = report["streams"][0]
    numbers = {"videos": row["videos"], "classes": len(report["class_names"])}
    if predictions := report.get("predictions"):
        right = np.equal(predictions["label"], predictions["predicted"][FUSED])
        numbers["right"] = int(right.sum())
    recordings = derive.tested_recordings(report)
    return numbers | ({"recordings": recordings} if recordings else {})


def cost(report: Report, reuse: Mapping[str, Reuse] | None) -> str:
    """Return hours and bytes of the work, and what this run took from the cache."""
    rows = report.get("costs")
    if not rows:
        return "no network was run: the scores were read from files" if report.get("scores") else ""
    seconds = sum(row["seconds"] for row in rows)
    words = f"{text.duration(seconds)} of work, {text.size(sum(row['bytes'] for row in rows))} on disk"
    if not reuse:
        return words
    saved = sum(each.seconds for each in reuse.values())
    return f"{words}; {text.duration(saved)} of it reused from the cache" if saved else f"{words}; nothing was reused"


def made_from(report: Report) -> list[Fact]:
    """Return the data set, the networks, the flow and the machine."""
    return [(name, value) for name, value in _facts(report) if value]


def _facts(report: Report) -> Iterator[Fact]:
    yield "data", _data(report)
    yield "networks", "; ".join(_networks(report))
    yield "flow", "; ".join(dict.fromkeys(filter(None, map(origin.algorithm, report.get("stages", [])))))
    yield "computed on", _machine(report)


def _data(report: Report) -> str:
    """Return the data set's name, its videos, classes and recordings, or the files of scores."""
    videos = report.get("videos")
    if not videos:
        return ""
    numbers = f"{videos['classes']} classes, {counted_videos(report)}"
    if recordings := videos.get("recordings"):
        numbers += f", {text.counted(recordings['train'], 'recording')} to train and {recordings['test']:,} to test on"
    files = ", ".join(row["file"] for row in report.get("scores", {}).values())
    lists = f", {videos['split_by']}" if "split_by" in videos else ""
    return f"{files or _name(report)}: {numbers}{lists}"


def counted_videos(report: Report) -> str:
    """Return how many videos networks were trained, chosen and tested on, in words."""
    names = {"train": "training", "validation": "validation", "test": "test"}
    counts = [f"{count:,} {names[subset]}" for subset, count in derive.video_counts(report).items() if count]
    return f"{text.listed(counts)} videos"


def _name(report: Report) -> str:
    """Return the name of the folder of videos, or that they are rendered."""
    folder = (report.get("config") or {}).get("dataset", {}).get("folder")
    return str(folder).rstrip("/").rpartition("/")[2] if folder else "rendered demo"


def _networks(report: Report) -> Iterator[str]:
    """Yield each stream with its architecture, what it sees, and how many samples of a video it scored."""
    settings: dict[str, Any] = (report.get("config") or {}).get("streams", {})
    for row in report["streams"]:
        stream = settings.get(row["stream"], {})
        samples = f"{text.counted(row['samples'], 'sample')} a video"
        stack = text.counted(stream.get("stack", 1), INPUTS[stream["modality"]]) if stream else ""
        network = f"{stream['architecture']} on {stack}, " if stream else ""
        yield f"{row['stream']}: {network}{samples}"


def _machine(report: Report) -> str:
    """Return what the networks ran on, or where none ran, what fused their scores."""
    stages = [each for each in report.get("stages", []) if each["stage"] in (TRAIN_STREAM.name, DUMP_LOGITS.name)]
    names = [each["versions"].get("gpu") or each["versions"].get("processor", "") for each in stages]
    return ", ".join(dict.fromkeys(filter(None, names))) or _fused_on(report)


def _fused_on(report: Report) -> str:
    machine = report.get("made_by", {}).get("machine of this page", "")
    return f"{machine} (fusion alone)" if machine else ""
