"""All ways to fuse, in four parts, and the streams alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twostream.fusion.contract import FusionRow
from twostream.report import choices, derive, labels
from twostream.report.contents import Report
from twostream.report.sections import columns
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table
from twostream.selected_on import VALIDATION, Selection

CSV = tuple(
    Column(field, field, "g")
    for field in (
        *("title", "selected_on", "top1", "ci_low", "ci_high", "top5", "mean_class_accuracy", "videos", "recordings"),
        *("gain", "gain_low", "gain_high", "gained", "lost", "p", "p_recordings", "best_epoch_on", "how"),
    )
)
"""The columns of all ways to fuse as CSV, each number in one of its own; the gain is that over the plain average."""


@dataclass(frozen=True)
class Part:
    """A part of the ways to fuse: its heading, and its rows as a table whose caption says what they have in common."""

    heading: str
    table: Table


def fusion(report: Report) -> Content:
    """Return the parts of the table of all ways to fuse, all of them as one CSV, and the streams alone."""
    best = derive.reported_row(report)
    videos = best.get("videos", 0)
    figures = [*columns.figures(videos), *columns.epoch(report["streams"])]
    headings = [Column("way to fuse", "title"), *figures, *columns.LABELS]
    rows = [(row, _cells(row, row is best)) for row in report["fusion"]]
    streams = [{**columns.cells(row), "mark": derive.css_class(row)} for row in report["streams"]]
    of_streams = [Column("stream", "stream"), *columns.figures(videos, gain=False), *columns.epoch(report["streams"])]
    return {
        "order": best["streams"],
        "parts": _parts(rows, best, headings),
        "all": Table("fusion", "All ways to fuse", CSV, [_flat(row, cells) for row, cells in rows]),
        "formulas": _formulas(report["fusion"]),
        "streams": Table("streams", "The streams alone", of_streams, streams),
        "why": labels.without_validation(best, report.get("selection")),
    }


def _parts(
    rows: Sequence[tuple[FusionRow, Mapping[str, object]]], best: FusionRow, headings: Sequence[Column]
) -> list[Part]:
    """Return the parts that have rows: the reported one, the fixed rules, those selected, and those tuned on test."""
    selected = [row for row, _ in rows if not derive.is_fixed(row) and not derive.is_oracle(row)]
    by_validation = any(Selection.from_text(row["selected_on"]).videos == VALIDATION for row in selected)
    selection = (
        ("Chosen on validation videos", "No label of a test video had a part in these.")
        if by_validation
        else ("Chosen by cross-validation", "Labels of other test videos had a part in each of these.")
    )
    kinds = (
        ("fusion-reported", ("Reported", "What this page reports."), lambda row: row is best),
        ("fusion-fixed", ("Fixed rules", "Nothing was tuned."), lambda row: row is not best and derive.is_fixed(row)),
        ("fusion-selected", selection, lambda row: row is not best and row in selected),
        ("fusion-tuned", ("Tuned on the test videos", _limit(rows)), derive.is_oracle),
    )
    parts = []
    for name, (heading, words), belongs in kinds:
        own = [cells for row, cells in rows if belongs(row)]
        if own:
            parts.append(Part(heading, Table(name, words, headings, own)))
    return parts


def _limit(rows: Sequence[tuple[FusionRow, Mapping[str, object]]]) -> str:
    """Return what the rows tuned on the test videos stand for: a limit of the grid, not of what is not in it."""
    highest = max((row["top1"] for row, _ in rows if derive.is_oracle(row)), default=0.0)
    above = [row["strategy"] for row, _ in rows if not derive.is_oracle(row) and row["top1"] > highest]
    words = "The best of the grid on these test videos themselves: not a result."
    if above:
        return f"{words} It does not limit the families that learn: {', '.join(above)} reached more."
    return f"{words} It is an upper limit of what a choice from the grid can reach here."


def _cells(row: FusionRow, is_best: bool) -> dict[str, object]:
    """Return the row with the texts of its cells."""
    title = choices.title(row["strategy"], row["params"], row["selected_on"])
    return {**columns.cells(row), "title": title, "how": columns.how(row), "mark": derive.css_class(row, is_best)}


def _flat(row: FusionRow, cells: Mapping[str, object]) -> dict[str, object]:
    """Return the row with the ends of its intervals and what it gains over the average as fields of their own."""
    flat: dict[str, object] = {**cells, "ci_low": row["ci95"][0], "ci_high": row["ci95"][1], "gain": None}
    if over := row.get("over_average"):
        flat |= {**over, "gain_low": over["gain_ci95"][0], "gain_high": over["gain_ci95"][1]}
    return flat


def _formulas(rows: Sequence[FusionRow]) -> list[tuple[str, str]]:
    """Return the strategies of `rows` with a line on each."""
    names = dict.fromkeys(row["strategy"] for row in rows)
    return [(name, choices.FORMULAS[name]) for name in names if name in choices.FORMULAS]
