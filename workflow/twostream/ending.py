"""What a run that has succeeded says last: the result, and where it stands."""

from collections.abc import Iterable
from pathlib import Path

from twostream import text
from twostream.cache import costs
from twostream.errors import InputError
from twostream.files import atomic
from twostream.fusion.contract import Accuracy, StreamRow
from twostream.report import derive
from twostream.report.contents import Report
from twostream.selected_on import NOTHING, TEST, VALIDATION

EPOCHS = {
    NOTHING: "the last",
    VALIDATION: "best on the validation videos",
    TEST: "best on the test videos: an upper limit",
}
"""How an epoch was selected, in words."""


def result(numbers: Path, page: Path, artefacts: Iterable[Path], since: float) -> list[str]:
    """Return the result in lines: what is in `numbers`, the work done since `since` (seconds since 1970), the page.

    Of a report that is damaged, nothing but the page is said.
    """
    try:
        accuracies = _accuracies(atomic.read_json(numbers))
    except (InputError, OSError, LookupError, TypeError, ValueError):
        accuracies = []
    spent, reused = costs.spent(artefacts, since)
    return [
        *accuracies,
        f"{text.duration(spent)} of work were done, and {text.duration(reused)} reused from the cache",
        f"the report: {page.resolve().as_uri()}",
    ]


def _accuracies(report: Report) -> list[str]:
    """Return a line for each stream and one for the fusion, below a head."""
    fused = derive.reported_row(report)
    streams = [(row["stream"], row, _epoch(row, report)) for row in report["streams"]]
    rows = [*streams, ("fused", fused, f", {fused['strategy']}, selected on: {fused['selected_on']}")]
    width = max(len(name) for name, _, _ in rows)
    return [
        f"top-1 of {report['streams'][0]['videos']} test videos, with its 95 % interval",
        *(f"{name:{width}}  {_accuracy(row)}{words}" for name, row, words in rows),
    ]


def _accuracy(row: Accuracy) -> str:
    between = " ({:.1f} to {:.1f})".format(*row["ci95"]) if row["ci95"] else ""
    return f"{row['top1']:5.1f} %{between}{derive.caveat(row) if derive.is_trained_on(row) else ''}"


def _epoch(row: StreamRow, report: Report) -> str:
    """Return which epoch of a stream was kept, and why, where that is known."""
    history = report.get("training", {}).get(row["stream"], [])
    how = EPOCHS.get(row.get("best_epoch_on", ""))
    if not history or not how:
        return ""
    epoch = (derive.kept_epoch(history) or history[-1])["Epoch"]
    return f", epoch {epoch} of {len(history)} ({how})"
