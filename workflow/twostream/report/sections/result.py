"""The result: the reported fusion, all ways to fuse, their weights, and whether confidence can be believed."""

from collections.abc import Sequence

from twostream.fusion.contract import CurvePoint, FusionRow, StreamRow
from twostream.report import choices, derive, plots
from twostream.report.contents import Report
from twostream.report.document import Plot
from twostream.report.plots import AccuracyPoint, WeightPoint
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table
from twostream.selected_on import NOTHING


def answer(report: Report) -> Content:
    """Return the reported fusion, its gain over each stream, and a plot of their accuracies."""
    best = derive.reported_row(report)
    points = [*(_point(row["stream"], "stream", row) for row in report["streams"]), _point("fused", "fused", best)]
    words = "; ".join(f"{point['name']} {point['top1']:.1f} %" for point in points)
    return {
        "best": best,
        "most_chosen": choices.most_chosen(best["strategy"], best["params"]),
        "stream": derive.best_stream(report),
        "gains": derive.stream_gains(report),
        "tests": report.get("mcnemar", []),
        "combinations": report.get("combinations", 0),
        "tested_epochs": derive.tested_epochs(report["streams"]),
        "plot": Plot("accuracies", plots.accuracies(points), f"Top-1 of each stream and of their fusion: {words}."),
    }


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


def weights(report: Report) -> Content | None:
    """Return the plot of top-1 by weights: a curve of two streams, a map of three."""
    curve = report.get("curve")
    if not curve:
        return None
    names = [row["stream"] for row in report["streams"]]
    top1 = [point["top1"] for point in curve]
    alt = f"Top-1 by the weights of {', '.join(names)}: between {min(top1):.1f} and {max(top1):.1f} %."
    if len(names) == 3:
        spec = plots.ternary(curve, names)
    else:
        spec = plots.weight_curve([*map(_point_of_curve, curve), *_fixed_rules(report["fusion"])], names)
    return {"plot": Plot("weights", spec, alt), "peak": max(top1)}


def calibration(report: Report) -> Content | None:
    """Return the reliability curves and a table of the calibration errors."""
    points = derive.reliability(report)
    if not points:
        return None
    rows = [
        {"name": name, "before": pair["before"]["ece"], "after": pair["after"]["ece"] if "after" in pair else None}
        for name, pair in report["calibration"].items()
    ]
    headings = [Column("scores", "name"), Column("ECE, %", "before", ".2f"), Column("cooled", "after", ".2f")]
    words = ", ".join(f"{row['name']} {row['before']:.1f} %" for row in rows)
    return {
        "plot": Plot("calibration", plots.reliability(points), f"Reliability curves; calibration errors: {words}."),
        "table": Table("calibration", "Expected calibration error", headings, rows),
    }


def _point(name: str, kind: str, row: StreamRow | FusionRow) -> AccuracyPoint:
    low, high = row["ci95"]
    return {"name": name, "kind": kind, "top1": row["top1"], "low": low, "high": high}


def _point_of_curve(point: CurvePoint) -> WeightPoint:
    return {"name": "", "weight": point["weight"], "top1": point["top1"]}


def _fixed_rules(rows: Sequence[FusionRow]) -> list[WeightPoint]:
    """Return the points of the curve that are rows of the table: the fixed rules of two weights."""
    fixed = [(row, choices.fractions(row["params"])) for row in rows if row["selected_on"] == NOTHING]
    return [
        {"name": row["strategy"], "weight": fractions[0], "top1": row["top1"]} for row, fractions in fixed if fractions
    ]
