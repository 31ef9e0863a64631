"""All ways to fuse, and the streams alone."""

from twostream.report import derive
from twostream.report.contents import Report
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table


def fusion(report: Report) -> Content:
    """Return the tables of all ways to fuse and of the streams alone."""
    best = derive.reported_row(report)
    epoch = columns.epoch(report["streams"])
    figures = [*columns.ACCURACY, columns.MEAN_CLASS, columns.INTERVAL, *epoch]
    ways = [
        {**row, "interval": columns.interval(row), "how": columns.how(row), "mark": derive.css_class(row, row is best)}
        for row in report["fusion"]
    ]
    streams = [{**row, "interval": columns.interval(row), "mark": derive.css_class(row)} for row in report["streams"]]
    return {
        "order": best["streams"],
        "table": Table("fusion", "Ways to fuse", [Column("strategy", "strategy"), *figures, *columns.CHOICE], ways),
        "streams": Table("streams", "The streams alone", [Column("stream", "stream"), *figures], streams),
    }
