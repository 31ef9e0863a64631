"""The pages: of one report, of the mean of several runs, and of results side by side."""

from collections.abc import Mapping

from twostream.cache.costs import Reuse
from twostream.report import document
from twostream.report.average import MeanReport
from twostream.report.comparison import Comparison
from twostream.report.contents import Report
from twostream.report.document import Strips
from twostream.report.sections import data, mistakes, origin, result, training
from twostream.report.sections.mean import mean
from twostream.report.sections.side_by_side import side_by_side


def render(
    report: Report, pictures: Strips | None = None, colour_key: str = "", reuse: Mapping[str, Reuse] | None = None
) -> str:
    """Return the report as one HTML page; everything in it is escaped.

    The pictures, and what a run took from the cache, are on the page alone: the numbers are the same for all runs.
    """
    content = {
        "title": report["title"],
        "answer": result.answer(report),
        "fusion": result.fusion(report),
        "weights": result.weights(report),
        "classes": mistakes.classes(report),
        "confusion": mistakes.confusion_pairs(report),
        "examples": mistakes.examples(report),
        "training": training.training(report),
        "calibration": result.calibration(report),
        "videos": data.videos(report),
        "costs": data.costs(report, reuse),
        "made_from": origin.made_from(report),
        "pictures": pictures or {},
        "colour_key": colour_key,
    }
    return document.fill("report.html", content)


def render_mean(report: MeanReport) -> str:
    """Return the mean of several runs as one HTML page."""
    return document.fill("mean.html", {"title": report["title"], "mean": mean(report)})


def render_comparison(comparison: Comparison) -> str:
    """Return results side by side as one HTML page."""
    return document.fill("comparison.html", side_by_side(comparison))
