"""The mean of several runs: tables of ways to fuse, of streams and of the runs."""

from twostream.report import derive
from twostream.report.average import MeanReport
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

FIGURES = (*columns.ACCURACY, columns.MEAN_CLASS)


def mean(report: MeanReport) -> Content:
    """Return the three tables, the standard deviation beside each mean."""
    epoch = columns.epoch(report["streams"])
    figures = [each for column in FIGURES for each in (column, Column("±", f"{column.field}_sd", column.form))]
    best = report["fusion"][0]
    ways = [{**row, "how": columns.how(row), "mark": derive.css_class(row, row is best)} for row in report["fusion"]]
    streams = [{**row, "mark": derive.css_class(row)} for row in report["streams"]]
    runs = [{**row, "mark": derive.css_class(row)} for row in report["runs"]]
    ways_columns = [Column("strategy", "strategy"), *figures, *epoch, *columns.CHOICE]
    return {
        "tested": bool(epoch),
        "fusion": Table("fusion", "Ways to fuse", ways_columns, ways),
        "streams": Table("streams", "The streams alone", [Column("stream", "stream"), *figures, *epoch], streams),
        "runs": Table("runs", "The runs", [Column("run", "run"), *FIGURES, *epoch], runs),
    }
