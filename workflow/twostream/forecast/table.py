"""The table of what will run, in lines of at most 80 letters, and the words on what to look at before it does."""

import textwrap
from collections.abc import Iterable

from twostream import text
from twostream.forecast import estimate, outlook
from twostream.forecast.outlook import FlowRange, Outlook, Row
from twostream.report import checks, quality
from twostream.report.quality import Quality, VideoQuality
from twostream.videos.index import Index

WIDTH = 80
"""Letters in a line, at most."""
HEAD = ("stage", "jobs", "work", "time here", "writes")
RIGHT = ("jobs", "time here", "writes")
"""Columns that are aligned on the right."""
FEW = "Every class has"
"""The beginning of the names of those checks that find classes of too few videos."""
WASTED_LEVELS = 16
"""Levels, of 127: if nearly all flow needs fewer, slow motions can hardly be distinguished."""
MARGIN = 1.5
"""The factor by which a suggested bound is larger than the flow that was tried."""
NOTES = {
    outlook.MEASURED: "times are by what jobs of this cache took here before, as if nothing else ran",
    outlook.TRIED: "~ is by a trial of some seconds, as if nothing else ran on this machine",
    outlook.UNMEASURED: "what is not measured yet is in no sum",
}


def lines(catalogue: Index, ahead: Outlook, free: float, validation: str) -> list[str]:
    """Return the table: the data set, each stage's work, time and bytes, and the disk, which has `free` bytes.

    `validation` says how the epoch is chosen.
    """
    return [*_data(catalogue, validation), "", *stages(ahead), "", *_notes(ahead, free)]


def remarks(catalogue: Index, flow_range: FlowRange | None, bound: float) -> list[str]:
    """Return the lines of warnings: on classes of few videos, and on a `bound` that clips flow or wastes its range."""
    rows = [check for check in checks.of_index(catalogue) if check["name"].startswith(FEW)]
    if flow_range:
        videos = tuple(VideoQuality(id=id, clipped=part) for id, part in flow_range.clipped.items())
        rows += quality.checks(Quality(videos, len(catalogue.videos), ()))[:1]
    sentences = [
        f"{row['name']}? {row['reason'][:1].upper()}{row['reason'][1:]}"
        for row in rows
        if row["verdict"] != checks.PASS
    ]
    if flow_range and 0 < flow_range.levels < WASTED_LEVELS:
        better = bound * flow_range.levels / 127 * MARGIN
        sentences.append(
            f"Flow uses its range? 99.5 % of it needs {flow_range.levels:.0f} of 127 levels, in "
            f"{len(flow_range.clipped)} of {len(catalogue.videos)} videos; "
            f"a smaller flow.bound, such as {better:.2g}, keeps more of it apart"
        )
    return [line for sentence in sentences for line in _wrapped("warning:", sentence)]


def progress(before: Outlook, earlier: Outlook, now: Outlook) -> list[str]:
    """Return a line for each task of which jobs have ended between `earlier` and `now`, with what is left of all.

    `before` is the outlook when the run began.
    """
    left, was_left = ({row.task.name: row.task.work.jobs for row in part.rows} for part in (now, earlier))
    seconds, is_known = estimate.together((row.estimate for row in now.rows), now.cores)
    rest = f"; {text.roughly(seconds)}{'' if is_known else ' or more'} left of the whole" if now.rows else ""
    return [
        f"{row.task.name}: {_done(row, left.get(row.task.name, 0))}{rest}"
        for row in before.rows
        if left.get(row.task.name, 0) < was_left.get(row.task.name, 0)
    ]


def _done(row: Row, left: int) -> str:
    """Return in words how many jobs of the task of `row` are done if so many are `left`."""
    total = row.task.total
    return f"{total - left} of {text.counted(total, 'job')} done" if total > 1 else "done"


def _data(catalogue: Index, validation: str) -> list[str]:
    """Return the lines on the data set: its videos, its split, what is left out, and how the epoch is chosen."""
    subsets = ", ".join(
        f"{len(catalogue.subset(subset)):,} to {subset} (of {text.counted(catalogue.recordings(subset), 'recording')})"
        for subset in ("train", "test")
    )
    not_used = [f"{row.files:,} {row.reason}" for row in catalogue.account.left_out]
    if catalogue.bad:
        not_used.append(f"{text.counted(len(catalogue.bad), 'bad video')}, first {catalogue.bad[0].id}")
    facts = {
        "videos": f"{len(catalogue.videos):,} of {len(catalogue.class_names)} classes: {subsets}",
        "split": catalogue.account.split_by,
        "left out": "; ".join(not_used) or "nothing",
        "epoch": validation,
    }
    return [line for name, fact in facts.items() for line in _wrapped(f"{name:8}", fact)]


def wrapped(sentences: Iterable[str]) -> list[str]:
    """Return `sentences`, each in lines of its own."""
    return [line for sentence in sentences for line in _wrapped("-", sentence)]


def _wrapped(head: str, words: str) -> list[str]:
    first = f"  {head}  "
    return textwrap.wrap(text.printable(words), WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def stages(ahead: Outlook) -> list[str]:
    """Return a line for each task: its jobs, work, time and bytes; below them their sum."""
    rows = [list(HEAD), *(_cells(row) for row in ahead.rows), _sum(ahead)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    work = HEAD.index("work")
    widths[work] = min(widths[work], WIDTH - 2 * len(HEAD) - sum(widths) + widths[work])
    return ["  " + "  ".join(map(_aligned, HEAD, row, widths)).rstrip() for row in rows]


def _aligned(column: str, cell: str, width: int) -> str:
    if len(cell) > width:
        return f"{cell[: width - 3]}..."
    return cell.rjust(width) if column in RIGHT else cell.ljust(width)


def _cells(row: Row) -> list[str]:
    """Return the cells of a task's row."""
    task, cost = row.task, row.estimate
    time = row.origin
    if cost.seconds is not None:
        is_tried = row.origin == outlook.TRIED
        time = text.roughly(cost.seconds).replace("about ", "~" if is_tried else "")
    written = text.size(cost.bytes) if cost.bytes else ""
    return [task.name, f"{task.work.jobs:,}", task.what, time, written]


def _sum(ahead: Outlook) -> list[str]:
    """Return the cells of the last row: all tasks together."""
    seconds, is_known = estimate.together((row.estimate for row in ahead.rows), ahead.cores)
    time = text.roughly(seconds).removeprefix("about ") + ("" if is_known else " or more")
    jobs = sum(row.task.work.jobs for row in ahead.rows)
    written = sum(row.estimate.bytes or 0.0 for row in ahead.rows)
    return ["together", f"{jobs:,}", f"on {text.counted(ahead.cores, 'core')}", time, text.size(written)]


def _notes(ahead: Outlook, free: float) -> list[str]:
    """Return the lines on the disk and on the origins of the estimates."""
    needed = estimate.disk(row.estimate for row in ahead.rows)
    notes = [f"disk: {text.size(needed)} needed at once, {text.size(free)} free"]
    notes += [note for origin, note in NOTES.items() if any(row.origin == origin for row in ahead.rows)]
    return [f"  {note}" for note in notes]
