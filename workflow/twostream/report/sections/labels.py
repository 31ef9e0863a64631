"""Whose labels had a part in the reported number, in sentences that stand beside it."""

from collections.abc import Iterator

from twostream.fusion.contract import FusionRow
from twostream.report import derive
from twostream.report.contents import Report
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, NOTHING, TRAINED, VALIDATION, Selection


def in_words(report: Report) -> str:
    """Return which labels chose the reported fusion and the epochs of its streams, and what no test label chose."""
    return " ".join(_sentences(report))


def _sentences(report: Report) -> Iterator[str]:
    best = derive.reported_row(report)
    selection = Selection.from_text(best["selected_on"])
    if len(report["streams"]) > 1:
        yield _of_fusion(selection)
    if selection.uses_test_labels and (fixed := _best_fixed(report)):
        yield f"The best fixed rule, without any: {fixed['strategy']}, {fixed['top1']:.1f} %."
    if any("best_epoch_on" not in row for row in report["streams"]):
        yield "How the epochs were chosen is unknown: treat the numbers as upper limits."


def _of_fusion(selection: Selection) -> str:
    if selection.videos == NOTHING:
        return "A fixed rule: nothing was tuned."
    if selection.videos == VALIDATION:
        return "The rule and its weights were chosen on validation videos, without any label of a test video."
    if selection.videos == LEAVE_ONE_GROUP_OUT:
        part = "chose and trained" if TRAINED in selection.remarks else "chose"
        return f"Cross-validated: labels of other test videos {part} the fusion of each recording, its own did not."
    return "Chosen with the labels of the test videos themselves: an upper limit, not a result."


def _best_fixed(report: Report) -> FusionRow | None:
    fixed = [row for row in report["fusion"] if derive.is_fixed(row)]
    return max(fixed, key=lambda row: row["top1"], default=None)
