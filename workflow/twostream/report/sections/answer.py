"""The answer, on the first screen: how good, how sure, why, at what cost, and made from what."""

from collections.abc import Mapping

from twostream.cache.costs import Reuse
from twostream.fusion.contract import FusionRow, StreamRow
from twostream.report import agreement, choices, derive, gains, labels, plots
from twostream.report.agreement import Agreement
from twostream.report.confusion import FUSED
from twostream.report.contents import Report
from twostream.report.document import Plot
from twostream.report.plots import AccuracyPoint
from twostream.report.sections import brief
from twostream.report.sections.columns import Content


def answer(report: Report, reuse: Mapping[str, Reuse] | None = None) -> Content:
    """Return the reported fusion, its gain over each stream, why it gains, what it cost and what it was made from."""
    best = derive.reported_row(report)
    streams = [row["stream"] for row in report["streams"]]
    points = [_point(row["stream"], row) for row in report["streams"]]
    if len(streams) > 1:
        points.append(_point(FUSED, best))
    words = "; ".join(f"{point['name']} {point['top1']:.1f} %" for point in points)
    alt = f"Top-1 of each stream{' and of their fusion' if len(streams) > 1 else ''}: {words}."
    return {
        "best": best,
        "most_chosen": choices.most_chosen(best["strategy"], best["params"]),
        "stream": derive.best_stream(report),
        "single": len(streams) == 1,
        "gains": report.get("mcnemar", []) if len(streams) > 1 else [],
        "lines": gains.lines(report) if len(streams) > 1 else [],
        "notes": report.get("notes") or labels.notes(report),
        "pills": labels.pills(best),
        "combinations": report.get("combinations", 0),
        "size": brief.size(report),
        "why": _why(report, streams),
        "cost": brief.cost(report, reuse),
        "made_from": brief.made_from(report),
        "plot": Plot("accuracies", plots.accuracies(points, streams), alt),
    }


def _why(report: Report, streams: list[str]) -> Plot | None:
    """Return the bar of the test videos by which streams are right, and what fusion made of each part."""
    parts = agreement.parts(report)
    if not parts:
        return None
    names, colour_of = agreement.in_words(parts), agreement.colour_of(parts, streams)
    named: list[Agreement] = [{**part, "name": names[part["name"]]} for part in parts]
    spec = plots.agreement(named, {names[name]: colour for name, colour in colour_of.items()})
    return Plot("why", spec, f"Test videos by which streams are right. {'; '.join(names.values())}.")


def _point(name: str, row: StreamRow | FusionRow) -> AccuracyPoint:
    low, high = row["ci95"]
    videos = row.get("videos")
    return {
        "name": name,
        "kind": name,
        "top1": row["top1"],
        "low": low,
        "high": high,
        "videos": videos if isinstance(videos, int) else None,
    }
