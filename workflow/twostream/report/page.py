"""The pages: of one report, of the mean of several runs, and of results side by side."""

import json
from collections.abc import Mapping

from twostream.cache import keys
from twostream.cache.costs import Reuse
from twostream.report import document
from twostream.report.average import MeanReport
from twostream.report.comparison import Comparison
from twostream.report.contents import Report
from twostream.report.document import Strips
from twostream.report.quality import Quality
from twostream.report.sections import (
    answer,
    checks,
    confidence,
    data,
    mistakes,
    notices,
    origin,
    paper,
    result,
    training,
    weights,
)
from twostream.report.sections.columns import Content
from twostream.report.sections.mean import mean
from twostream.report.sections.side_by_side import side_by_side

KEY_DIGITS = 6
"""How many digits of a key stand in the name of a file."""


def render(
    report: Report,
    pictures: Strips | None = None,
    colour_key: str = "",
    reuse: Mapping[str, Reuse] | None = None,
    quality: Quality | None = None,
) -> str:
    """Return the report as one HTML page; everything in it is escaped.

    `pictures` and `quality`, which need the stored frames, and `reuse`, what a run took from the cache, are on the page
    and not in report.json, whose numbers are the same for all runs.
    """
    frame = {
        "title": report["title"],
        "run": _run(report),
        "answer": answer.answer(report, reuse),
        "checks": checks.checks(report, quality),
        "costs": data.costs(report, reuse),
        "pictures": pictures or {},
        "colour_key": colour_key,
    }
    return document.fill("report.html", frame | _sections(report))


def render_mean(report: MeanReport, pages: Mapping[str, str]) -> str:
    """Return the mean of several runs as one HTML page; `pages` are the addresses of the runs' own pages by run."""
    content = {"title": report["title"], "run": _digest(report), "mean": mean(report, pages)}
    return document.fill("mean.html", content)


def render_comparison(comparison: Comparison) -> str:
    """Return results side by side as one HTML page."""
    run = "-".join(key[:KEY_DIGITS] for key in comparison["keys"])
    return document.fill("comparison.html", {"run": run, **side_by_side(comparison)})


def _sections(report: Report) -> Content:
    """Return what follows from the numbers of the report alone, by section."""
    return {
        "notices": notices.notices(report),
        "fusion": result.fusion(report),
        "weights": weights.weights(report),
        "classes": mistakes.classes(report),
        "confusion": mistakes.confusion_pairs(report),
        "examples": mistakes.examples(report),
        "training": training.training(report),
        "calibration": confidence.calibration(report),
        "videos": data.videos(report),
        "paper": paper.for_paper(report),
        "made_from": origin.made_from(report),
    }


def _run(report: Report) -> str:
    """Return what tells the files of this report from those of others: the key of its fusion, or of its numbers."""
    stages = report.get("stages")
    return stages[-1]["key"][:KEY_DIGITS] if stages else _digest({"title": report["title"], "fusion": report["fusion"]})


def _digest(numbers: object) -> str:
    return keys.digest(json.dumps(numbers), KEY_DIGITS)
