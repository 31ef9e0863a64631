"""What the page says beyond the numbers of fusion.json: the row to report, gains, CSS classes and reliability."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

import numpy as np

from twostream import certainty
from twostream.fusion.contract import Findings, FusionRow, StreamRow
from twostream.metrics import Bin
from twostream.report import confusion
from twostream.report.contents import HistoryRow, Report
from twostream.selected_on import ORACLE, TEST, Selection


class ClassGain(TypedDict):
    """Top-1 of a class by each stream and fused, and the gain of fusion over the class' own best stream.

    The gain `is_clear` where its paired 95 % interval does not hold zero.
    """

    class_name: str
    videos: int
    fused: float
    gain: float
    best_stream: str
    best: float
    is_clear: bool
    streams: dict[str, float]


class ReliabilityPoint(Bin):
    """A point of a reliability curve; `line` is the stream, or `fused`, `stage` before or after a temperature."""

    line: str
    stage: str


def reported_row(findings: Findings) -> FusionRow:
    """Return the fusion to report: the first row that was chosen without the test labels."""
    return next((row for row in findings["fusion"] if not is_oracle(row)), findings["fusion"][0])


def is_oracle(row: Mapping[str, object]) -> bool:
    """Return whether the row was chosen with the test labels."""
    return row.get("selected_on") == ORACLE


def is_fixed(row: FusionRow) -> bool:
    """Return whether the row is a fixed rule, with nothing to select."""
    return Selection.from_text(row["selected_on"]).is_fixed


def has_tested_epoch(row: Mapping[str, object]) -> bool:
    """Return whether an epoch was chosen on the test videos: the row is then a bound and not a result."""
    return row.get("best_epoch_on") == TEST


def is_trained_on(row: Mapping[str, object]) -> bool:
    """Return whether a network was trained on some of the test videos: the row is then no result."""
    return bool(row.get("tested_in_training"))


def tested_epochs(streams: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the names of the streams whose epoch was chosen on the test videos."""
    return [str(row["stream"]) for row in streams if has_tested_epoch(row)]


def css_class(row: Mapping[str, object], is_best: bool = False) -> str:
    """Return the classes of the row in the page: `best`; `oracle`, tuned on test; `tested`, as its networks are."""
    is_tested = has_tested_epoch(row) or is_trained_on(row)
    conditions = (("best", is_best), (ORACLE, is_oracle(row)), ("tested", is_tested))
    return " ".join(name for name, holds in conditions if holds)


def caveat(row: Mapping[str, object]) -> str:
    """Return the words that have to follow the row's numbers wherever they stand alone."""
    if is_trained_on(row):
        return f" (no result: {row['tested_in_training']} of the test videos were trained on)"
    return " (an upper limit: an epoch was chosen on the test videos)" if has_tested_epoch(row) else ""


def kept_epoch(rows: Sequence[HistoryRow]) -> HistoryRow:
    """Return the row of the epoch that was kept, which says what it was chosen on; empty where no row says it."""
    return next((row for row in rows if row.get("Chosen on")), {})


def best_stream(findings: Findings) -> StreamRow:
    """Return the row of the stream with the highest top-1."""
    return max(findings["streams"], key=lambda row: row["top1"])


def tested_recordings(report: Report) -> int:
    """Return of how many recordings the test videos are, 0 where nobody counted them."""
    videos = report.get("videos")
    counted = videos["recordings"]["test"] if videos and "recordings" in videos else 0
    return report["streams"][0].get("recordings", counted)


def class_gains(findings: Findings) -> list[ClassGain]:
    """Return a row for each class that has test videos, the greatest gain over its own best stream first."""
    accuracies = confusion.class_accuracies(findings)
    rows = [
        _class_gain(findings, number, {stream: float(accuracies[stream][number]) for stream in row["gain"]})
        for number, row in enumerate(findings.get("classes", []))
        if row["videos"]
    ]
    return sorted(rows, key=lambda row: (-row["gain"], -row["videos"]))


def _class_gain(findings: Findings, number: int, streams: dict[str, float]) -> ClassGain:
    row = findings["classes"][number]
    best = max(streams.values())
    fused = row["top1"] or 0.0
    return {
        "class_name": row["class"],
        "videos": row["videos"],
        "fused": fused,
        "gain": round(fused - best, 4),
        "best_stream": ", ".join(name for name, top1 in streams.items() if top1 == best),
        "best": best,
        "is_clear": _is_clear(findings, number, next(name for name, top1 in streams.items() if top1 == best)),
        "streams": streams,
    }


def _is_clear(findings: Findings, label: int, stream: str) -> bool:
    """Return whether the fusion and `stream` differ clearly in the class of that number, as far as videos are known."""
    predicted, predictions = confusion.predicted_classes(findings), findings.get("predictions")
    if not predictions or stream not in predicted or confusion.FUSED not in predicted:
        return False
    is_in = confusion.labels(findings) == label
    ours, theirs = (predicted[name][is_in] == label for name in (confusion.FUSED, stream))
    recordings = np.asarray(predictions.get("recording", range(len(is_in))))[is_in]
    low, high = certainty.gain_interval(ours, theirs, recordings)
    return low > 0 or high < 0


def video_counts(report: Report) -> dict[str, int]:
    """Return on how many videos networks were trained (`train`), chosen (`validation`) and tested (`test`), if known.

    Training held some of the training videos back, where it says so; those that were tested too are not counted twice.
    """
    videos, streams = report.get("videos"), report["streams"]
    counts = {"train": videos["train"]} if videos and "train" in videos else {}
    counts |= {"train": max(trained)} if (trained := _each(streams, "training_videos")) else {}
    if (validated := _each(streams, "validation_videos")) and not tested_epochs(streams):
        counts["validation"] = max(validated)
    return counts | {"test": streams[0]["videos"]}


def _each(streams: Iterable[Mapping[str, object]], name: str) -> list[int]:
    return [value for row in streams if isinstance(value := row.get(name), int)]


def reliability(findings: Findings) -> list[ReliabilityPoint]:
    """Return the points of the reliability curves of each stream and of the fusion, before and after a temperature."""
    return [
        {"line": name, "stage": stage, **point}
        for name, rows in findings.get("calibration", {}).items()
        for stage, calibration in (("before", rows["before"]), ("after", rows.get("after")))
        if calibration
        for point in calibration["bins"]
    ]
