"""Checks of the data: those of the index, and those of the frames and the flow that the networks saw."""

from itertools import pairwise

from twostream.report import quality as measured
from twostream.report.checks import FAIL, PASS, WARN
from twostream.report.contents import Check, Report
from twostream.report.quality import Quality
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

VERDICTS = (FAIL, WARN, PASS)
"""The worst first."""
CHECK_COLUMNS = (
    Column("check", "name"),
    Column("verdict", "verdict"),
    Column("reason", "reason"),
    Column("worst cases", "cases"),
)
VIDEO_COLUMNS = (
    Column("video", "id"),
    Column("flow clipped, %", "clipped", ".2f"),
    Column("flow zero, %", "still", ".0f"),
    Column("black, %", "black", ".0f"),
    Column("frozen, %", "frozen", ".0f"),
)


def checks(report: Report, quality: Quality | None) -> Content | None:
    """Return all checks, the failed ones first, and what was measured of frames and flow."""
    rows = [*report.get("checks", []), *(measured.checks(quality) if quality else [])]
    if not rows:
        return None
    rows.sort(key=lambda row: VERDICTS.index(row["verdict"]))
    return {
        "counts": {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS},
        "failed": [row["name"] for row in rows if row["verdict"] == FAIL],
        "table": Table("checks", "Checks of the data", CHECK_COLUMNS, [_check_fields(row) for row in rows]),
        "histogram": _histogram(quality) if quality else [],
        "measured": _measured_table(quality) if quality and quality.videos else None,
    }


def _check_fields(row: Check) -> dict[str, object]:
    return {**row, "cases": "; ".join(row["worst"]) or None, "mark": f"check-{row['verdict']}"}


def _histogram(quality: Quality) -> list[dict[str, object]]:
    """Return the bins of the magnitudes of flow with their percentages, and how wide their bars are, in percent."""
    names = [f"{low:g} to {high:g}" for low, high in pairwise(measured.EDGES)]
    greatest = max(quality.histogram, default=1.0)
    return [
        {"name": name, "percent": 100 * fraction, "width": 100 * fraction / greatest}
        for name, fraction in zip([*names, f"over {measured.EDGES[-1]:g}"], quality.histogram, strict=False)
    ]


def _measured_table(quality: Quality) -> Table:
    rows = [
        {"id": row.id}
        | {
            name: 100 * fraction
            for name in ("clipped", "still", "black", "frozen")
            if (fraction := getattr(row, name)) is not None
        }
        for row in measured.worst_first(quality)
    ]
    return Table("quality", "Measured videos, the most clipped first", VIDEO_COLUMNS, rows)
