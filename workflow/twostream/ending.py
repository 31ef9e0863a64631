"""What a run says last: the result and where it stands, or the one line that says why it failed."""

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

OURS = "twostream: "
"""What a line of ours begins with."""
WARNING = f"{OURS}warning: "
EPOCHS = {
    NOTHING: "the last",
    VALIDATION: "best on the validation videos",
    TEST: "best on the test videos: an upper limit",
}
"""How an epoch was selected, in words."""
HEAD, ENDED = "--- ", "the job has ended"
"""What a line of a log begins with in which it says when a job began or ended, and what it says in the end."""
TAIL = 1 << 16
"""Bytes at the end of a log in which its last line is looked for."""


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


def reason(log: Path) -> str:
    """Return why the job that wrote `log` failed: the last line of ours that is no warning, else its last line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            written = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = _of_last_job(
        [text.printable(line.strip()) for line in written.replace("\r", "\n").split("\n") if line.strip()]
    )
    ours = [line for line in lines if line.startswith(OURS) and not line.startswith(WARNING)]
    last = lines[-1] if lines else ""
    return ours[-1] if ours and not _is_stack(lines) else last


def _of_last_job(lines: list[str]) -> list[str]:
    """Return what the last of the jobs that wrote to a log printed, without the lines in which its log says when."""
    heads = [number for number, line in enumerate(lines) if line.startswith(HEAD) and not _is_end(line)]
    return [line for line in lines[heads[-1] + 1 if heads else 0 :] if not _is_end(line)]


def _is_end(line: str) -> bool:
    return line.startswith(HEAD) and ENDED in line


def _is_stack(lines: list[str]) -> bool:
    """Return whether a fault of the program ended the job, of which the last line says more than one of ours before."""
    return any(line.startswith("Traceback (most recent call last)") for line in lines)


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
