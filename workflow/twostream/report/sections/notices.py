"""What a reader has to know before the numbers: warnings, the rule of recordings, how score files differ from lists."""

from twostream.report.contents import Report
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table


def notices(report: Report) -> Content | None:
    """Return warnings, the rule of recordings, near copies, and remarks by stream; None where nothing is told."""
    grouping = report.get("grouping")
    remarks = {name: row["remarks"] for name, row in report.get("scores", {}).items() if row.get("remarks")}
    if grouping is None and not remarks:
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
        "warnings": report.get("warnings", []),
        "remarks": remarks,
        "copies": Table("near_copies", "Near copies in different recordings", headings, rows) if rows else None,
    }
