"""Where fusion helps and where it does not: by class, by pair of classes, and by video."""

from collections.abc import Sequence

from twostream.fusion.contract import Outcome
from twostream.report import confusion, derive, plots
from twostream.report.contents import Report
from twostream.report.derive import ClassGain
from twostream.report.document import Plot
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

MAX_BARS = 12
"""At either end of a plot of classes that has not room for all."""


def classes(report: Report) -> Content | None:
    """Return the plot and the table of the gain over the best stream by class."""
    gains = derive.class_gains(report)
    if not gains:
        return None
    headings = [
        Column("class", "class_name"),
        Column("videos", "videos", "d"),
        *(Column(name, f"stream {name}", ".1f") for name in confusion.stream_names(report)),
        Column("fused", "fused", ".1f"),
        Column("gain", "gain", "+.1f"),
    ]
    bars = _both_ends(gains)
    better, worse = sum(row["gain"] > 0 for row in gains), sum(row["gain"] < 0 for row in gains)
    rows = [{**row, **{f"stream {name}": top1 for name, top1 in row["streams"].items()}} for row in gains]
    return {
        "better": better,
        "worse": worse,
        "same": len(gains) - better - worse,
        "cut": len(bars) < len(gains),
        "plot": Plot("gains", plots.gains(bars), f"Gain of fusion by class: {better} better, {worse} worse."),
        "table": Table("classes", "Top-1 by class", headings, rows),
    }


def confusion_pairs(report: Report) -> Content | None:
    """Return the plot of the most confused classes and the table of all mistakes of the fusion."""
    mistakes = confusion.mistakes(report)
    if not mistakes:
        return None
    headings = [
        Column("class", "right"),
        Column("taken for", "taken_for"),
        Column("videos", "videos", "d"),
        Column("% of the class", "percent", ".1f"),
        *(Column(f"by {name}", f"stream {name}", "d") for name in confusion.stream_names(report)),
    ]
    worst = mistakes[0]
    alt = f"Confusion of the most confused classes; most often {worst['right']} is taken for {worst['taken_for']}."
    rows = [{**row, **{f"stream {name}": videos for name, videos in row["streams"].items()}} for row in mistakes]
    return {
        "plot": Plot("confusion", plots.confusion(confusion.square(report, mistakes)), alt),
        "table": Table("confusion", "Which class is taken for which", headings, rows),
    }


def examples(report: Report) -> Content | None:
    """Return the videos rescued and lost: how many, which, and the guesses of each stream for some of them."""
    outcomes = report.get("examples")
    if not outcomes:
        return None
    streams = [row["stream"] for row in report["streams"]]
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
        *(Column(stream, f"stream {stream}") for stream in streams),
        Column("fused", "fused"),
    ]
    rows = [
        {**video, **{f"stream {stream}": guess for stream, guess in video["streams"].items()}}
        for video in outcome["shown"]
    ]
    return Table(name, f"{len(rows)} of the {outcome['videos']} videos {name}", headings, rows)


def _both_ends(rows: list[ClassGain]) -> list[ClassGain]:
    """Return `rows`, or the first and the last of them where there is no room for all."""
    return rows if len(rows) <= 2 * MAX_BARS else [*rows[:MAX_BARS], *rows[-MAX_BARS:]]
