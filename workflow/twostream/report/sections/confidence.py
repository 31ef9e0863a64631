"""Whether confidence can be believed: reliability curves and calibration errors, before and after a temperature."""

from twostream.report import derive, plots
from twostream.report.contents import Report
from twostream.report.document import Plot
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

HEADINGS = (
    Column("scores", "name"),
    Column("ECE after temperature scaling, %", "after", ".1f"),
    Column("ECE before, %", "before", ".1f"),
)


def calibration(report: Report) -> Content | None:
    """Return the reliability curves and a table of the calibration errors."""
    points = derive.reliability(report)
    if not points:
        return None
    streams = [row["stream"] for row in report["streams"]]
    rows = [
        {"name": name, "before": pair["before"]["ece"], "after": pair["after"]["ece"] if "after" in pair else None}
        for name, pair in report["calibration"].items()
    ]
    words = ", ".join(f"{row['name']} {row['before']:.1f} %" for row in rows)
    alt = f"Reliability curves; calibration errors before temperature scaling: {words}."
    return {
        "plot": Plot("calibration", plots.reliability(points, streams), alt),
        "fewest": plots.FEWEST,
        "worse": [
            name
            for name, pair in report["calibration"].items()
            if "after" in pair and pair["after"]["ece"] > pair["before"]["ece"]
        ],
        "table": Table("calibration", "Expected calibration error", HEADINGS, rows),
    }
