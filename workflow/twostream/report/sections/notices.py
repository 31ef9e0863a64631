"""What a reader has to know before the numbers: warnings, the rule of recordings, how score files differ from lists."""

from typing import Any

from twostream.report import derive
from twostream.report.checks import FEW_RECORDINGS, WARN
from twostream.report.contents import Report
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

MUCH = 0.05
"""The fraction of the videos that are held out may be above the setting by so much without a warning."""


def notices(report: Report) -> Content | None:
    """Return warnings, the rule of recordings, near copies, and remarks by stream; None where there are none."""
    grouping = report.get("grouping")
    remarks = {name: row["remarks"] for name, row in report.get("scores", {}).items() if row.get("remarks")}
    if grouping is None and not remarks and not _of_small_data(report):
        return None
    rows = [
        {
            "first": pair["videos"][0],
            "second": pair["videos"][1],
            "cosine": pair["cosine"],
            "equal": "equal" if pair["equal"] else "",
        }
        for pair in (grouping["pairs"] if grouping else [])
    ]
    headings = [
        Column("cosine", "cosine", ".3f"),
        Column("video", "first"),
        Column("near copy", "second"),
        Column("scores", "equal"),
    ]
    return {
        "grouping": grouping,
        "warnings": [*report.get("warnings", []), *_of_small_data(report)],
        "remarks": remarks,
        "copies": Table("near_copies", "Near copies in different recordings", headings, rows) if rows else None,
    }


def _of_small_data(report: Report) -> list[str]:
    """Return a sentence where classes have few recordings, and where more videos are held out than is asked for."""
    checked = [row for row in report.get("checks", []) if row["name"] == FEW_RECORDINGS and row["verdict"] == WARN]
    sentences = [f"few recordings: {row['reason']} ({'; '.join(row['worst'])})" for row in checked]
    counts = derive.video_counts(report)
    validation: dict[str, Any] = (report.get("config") or {}).get("validation", {})
    if validation.get("by") == "group" and "train" in counts and counts.get("validation"):
        total = counts["train"] + counts["validation"]
        held_out, asked = counts["validation"] / total, validation["fraction"]
        if held_out > asked + MUCH:
            sentences.append(
                f"{counts['validation']} of {total} training videos ({held_out:.0%}) are held out to choose the epoch "
                f"on, and not the {asked:.0%} of validation.fraction: whole recordings are held out, at "
                f"least one of each class. With validation.by: none, all of these videos are trained on"
            )
    return sentences
