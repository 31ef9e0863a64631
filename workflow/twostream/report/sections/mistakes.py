"""Where fusion helps and where it does not: by class, by pair of classes, and by video."""

from collections.abc import Sequence

from twostream.fusion.contract import Outcome
from twostream.report import confusion, data_plots, derive
from twostream.report.contents import Report
from twostream.report.derive import ClassGain
from twostream.report.document import Plot
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table
from twostream.text import counted

MAX_BARS = 12
"""Bars at either end of a plot that has no room for all classes."""


def classes(report: Report) -> Content | None:
    """Return the plot and the table of each class' gain over its own best stream."""
    gains = derive.class_gains(report)
    if not gains:
        return None
    names = confusion.stream_names(report)
    headings = [
        Column("class", "class_name"),
        Column("fused, %", "fused", ".1f"),
        Column("gain", "gain", "+.1f"),
        Column("best stream", "best_stream"),
        Column("videos", "videos", "d"),
        *(Column(f"{name}, %", f"stream {name}", ".1f") for name in names),
    ]
    better, worse = sum(row["gain"] > 0 for row in gains), sum(row["gain"] < 0 for row in gains)
    rows = [{**row, **{f"stream {name}": top1 for name, top1 in row["streams"].items()}} for row in gains]
    bars = _both_ends(gains)
    alt = f"Gain of fusion over each class' own best stream: {counted(better, 'class')} better, {worse} worse."
    return {
        "better": better,
        "worse": worse,
        "same": len(gains) - better - worse,
        "cut": len(bars) < len(gains),
        "is_one": len(names) == 1,
        "plot": Plot("gains", data_plots.gains(bars), alt),
        "table": Table("classes", "Top-1 by class", headings, rows),
    }


def confusion_pairs(report: Report) -> Content | None:
    """Return the confusion matrix, as predictions and as a picture, and the table of all mistakes of the fusion."""
    if confusion.FUSED not in confusion.predicted_classes(report):
        return None
    mistakes = confusion.mistakes(report)
    streams = confusion.stream_names(report)
    headings = [
        Column("class", "right"),
        Column("predicted", "taken_for"),
        Column("videos", "videos", "d"),
        Column("of", "of", "d"),
        Column("%", "percent", ".1f"),
        *(Column(f"by {name}", f"stream {name}", "d") for name in streams),
    ]
    rows = [{**row, **{f"stream {name}": videos for name, videos in row["streams"].items()}} for row in mistakes]
    order = confusion.similar_classes_together(report)
    return {
        "classes": len(order),
        "worst": mistakes[0] if mistakes else None,
        "picture": confusion.picture(report, order),
        "predictions": {
            "classes": report["class_names"],
            "videos": report["predictions"]["video"],
            "label": report["predictions"]["label"],
            "predicted": report["predictions"]["predicted"],
            "order": order,
            "streams": streams,
        },
        "table": Table("confusion", "Mistakes of the fusion, the most frequent first", headings, rows),
    }


def examples(report: Report) -> Content | None:
    """Return the videos rescued and lost: how many, which, and the guesses of each stream for some of them.

    Return None for a report of one stream.
    """
    outcomes = report.get("examples")
    streams = [row["stream"] for row in report["streams"]]
    if not outcomes or len(streams) == 1:
        return None
    return {
        name: {
            "videos": outcome["videos"],
            "table": _examples_table(name, outcome, streams),
            "pictured": [example for example in report.get("pictured", []) if example["outcome"] == name],
        }
        for name, outcome in (("rescued", outcomes["rescued"]), ("lost", outcomes["lost"]))
    }


def _examples_table(name: str, outcome: Outcome, streams: Sequence[str]) -> Table:
    headings = [
        Column("video", "video"),
        Column("class", "class"),
        Column("fused", "fused"),
        Column("margin", "margin", "+.2f"),
        *(Column(stream, f"stream {stream}") for stream in streams),
    ]
    rows = [
        {**video, **{f"stream {stream}": guess for stream, guess in video["streams"].items()}}
        for video in outcome["shown"]
    ]
    return Table(name, f"All videos {name}, the surest of each class first", headings, rows)


def _both_ends(rows: list[ClassGain]) -> list[ClassGain]:
    """Return `rows`, or the first and the last of them, and a row for those between, where there is no room for all."""
    left_out = len(rows) - 2 * MAX_BARS
    if left_out < 2:
        return rows
    between: ClassGain = {**rows[MAX_BARS], "class_name": f"… {left_out} classes between …", "gain": 0.0}
    return [*rows[:MAX_BARS], between, *rows[-MAX_BARS:]]
