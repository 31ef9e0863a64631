"""The mean of several runs: tables of ways to fuse, of streams and of the runs."""

from collections.abc import Mapping

from twostream.report import choices, derive, labels
from twostream.report.average import MeanFusionRow, MeanReport
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

FIGURES = (*columns.ACCURACY, columns.MEAN_CLASS)


def mean(report: MeanReport, pages: Mapping[str, str]) -> Content:
    """Return the three tables, the standard deviation beside each mean; `pages` are the addresses of the runs' own."""
    epoch = columns.epoch(report["streams"])
    figures = [each for column in FIGURES for each in (column, Column("±", f"{column.field}_sd", column.form))]
    best = report["fusion"][0]
    ways = [_way(row, row is best) for row in report["fusion"]]
    streams = [{**row, "pills": labels.pills(row), "mark": derive.css_class(row)} for row in report["streams"]]
    runs = [
        {**row, "pills": labels.pills(row), "mark": derive.css_class(row), "page": pages.get(row["run"])}
        for row in report["runs"]
    ]
    ways_columns = [Column("way to fuse", "title"), *figures, *epoch, *columns.LABELS]
    return {
        "tested": bool(epoch),
        "notes": labels.epochs(report["streams"]),
        "left_out": report["left_out"],
        "unlike": [row["setting"] for row in report["differs"] if not row["allowed"]],
        "unknown": report["unknown"],
        "differs": _differences(report),
        "fusion": Table("fusion", "Ways to fuse", ways_columns, ways),
        "streams": Table("streams", "The streams alone", [Column("stream", "stream"), *figures, *epoch], streams),
        "runs": Table("runs", "The runs", [Column("run", "run"), *FIGURES, *epoch], runs),
    }


def _differences(report: MeanReport) -> Table | None:
    """Return the settings that differ, with the value of each run; None where none does."""
    runs = [row["run"] for row in report["runs"]]
    rows = [
        {"setting": row["setting"], "kind": "seed or split" if row["allowed"] else "another setting"}
        | {f"run{number}": str(value) for number, value in enumerate(row["values"])}
        for row in report["differs"]
    ]
    headings = [Column("setting", "setting"), Column("what it is", "kind")]
    headings += [Column(run, f"run{number}") for number, run in enumerate(runs)]
    return Table("differs", "What differs between the runs", headings, rows) if rows else None


def _way(row: MeanFusionRow, is_best: bool) -> Content:
    """Return the row of a way to fuse with its name, what it chose and its pills."""
    title = choices.title(row["strategy"], row["params"], row["selected_on"])
    marks = {"pills": labels.pills(row), "mark": derive.css_class(row, is_best)}
    return {**row, "title": title, "labels": labels.in_words(row), "how": columns.how(row), **marks}
