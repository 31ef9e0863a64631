"""Results side by side: a plot, tables of the fused results and of the streams, and the settings that differ."""

from twostream.report import labels, plots
from twostream.report.comparison import ComparedRow, Comparison
from twostream.report.confusion import FUSED
from twostream.report.document import Plot
from twostream.report.plots import AccuracyPoint
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

CHANGE = (*columns.ACCURACY, Column("test videos", "videos", "d"), columns.INTERVAL)
TESTS = (
    Column("common videos", "common", "d"),
    Column("change", "change", "+.2f"),
    Column("its 95 % interval", "change_interval", "s"),
    Column("gained", "gained", "d"),
    Column("lost", "lost", "d"),
    Column("p by recording", "p_recordings", ".2g"),
    Column("McNemar's p", "p", ".2g"),
)


def side_by_side(comparison: Comparison) -> Content:
    """Return all that the page of a comparison shows."""
    keys, rows = comparison["keys"], comparison["results"]
    epoch = columns.epoch(rows)
    figures = [*CHANGE, *epoch, *TESTS]
    points = [_point(row) for row in rows]
    words = "; ".join(f"{point['name']} {point['top1']:.1f} %" for point in points)
    streams_columns = [Column("stream", "stream"), Column("key", "key"), *figures]
    results_columns = [Column("key", "key"), Column("strategy", "strategy"), *figures]
    settings_columns = [
        Column("setting", "setting"),
        Column("stage", "stage"),
        Column("stream", "stream"),
        *(Column(key, key) for key in keys),
    ]
    return {
        "title": comparison["title"],
        "keys": keys,
        "tested": bool(epoch),
        "partial": any(row["common"] is not None and row["common"] != row["videos"] for row in rows)
        or len({row["videos"] for row in rows}) > 1,
        "plot": Plot(
            "accuracies", plots.accuracies(points, []), f"Top-1 of the results with their intervals: {words}."
        ),
        "results": Table("results", "Fused", results_columns, [*map(_with_pills, rows)]),
        "streams": Table("streams", "The streams alone", streams_columns, [*map(_with_pills, comparison["streams"])]),
        "settings": Table("settings", "What differs", settings_columns, comparison["settings"]),
    }


def _with_pills(row: ComparedRow) -> dict[str, object]:
    interval = "{:+.1f} to {:+.1f}".format(*row["gain_ci95"]) if "gain_ci95" in row else None
    return {**row, "pills": labels.pills(row), "change_interval": interval}


def _point(row: ComparedRow) -> AccuracyPoint:
    return {
        "name": row["key"],
        "kind": FUSED,
        "top1": row["top1"],
        "low": row["low"],
        "high": row["high"],
        "videos": None,
    }
