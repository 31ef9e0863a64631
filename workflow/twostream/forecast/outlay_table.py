"""What a run takes of some nodes, as a table of at most 80 letters and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from twostream import text
from twostream.forecast import table
from twostream.forecast.cluster import Cluster
from twostream.forecast.jobs import Measurement
from twostream.forecast.outlay import Outlay, Row

HEAD = ("stage", "jobs", "core-hours", "GPU-hours", "writes", "memory", "wall time")
NAMES = ("cluster", "stages", "together")
"""Names that the JSON of every plan has: a file with them may be replaced by another plan."""
SUMS = ("core_hours", "gpu_hours", "bytes")
"""Columns of which there is a sum."""
UNMEASURED = "not measured"


def lines(outlay: Outlay, is_on_gpu: bool) -> list[str]:
    """Return the lines of `outlay`: its rows, their sum, and notes; `is_on_gpu` if networks were tried on a GPU."""
    rows = [_cells(row) for row in outlay.rows]
    jobs = sum(row.task.work.jobs for row in outlay.rows)
    core_hours, gpu_hours, written = (outlay.total(name) for name in SUMS)
    sums = [_hours(core_hours), _hours(gpu_hours) if gpu_hours else "", text.size(written), text.size(outlay.memory)]
    together = ["together", f"{jobs:,}", *sums, _wall(outlay.seconds)]
    columns = list(zip(HEAD, *rows, together, strict=True))
    widths = [max(map(len, column)) for column in columns]
    every = [HEAD, *rows, together]
    aligned = ["  ".join(map(_aligned, HEAD, row, widths)) for row in every]
    return [*(f"  {line}".rstrip() for line in aligned), "", *_notes(outlay, is_on_gpu)]


def to_json(outlay: Outlay, measured: Mapping[str, Measurement], notes: Sequence[str]) -> dict[str, Any]:
    """Return the same for JSON, in full numbers of hours, bytes and seconds, with what was `measured` of each task."""
    rows = [
        {"name": row.task.name, "stage": row.task.stage, "jobs": row.task.work.jobs}
        | {"work": row.task.what, "threads": min(row.task.threads, outlay.cluster.cores)}
        | {name: value for name, value in asdict(row).items() if name != "task"}
        for row in outlay.rows
    ]
    sums = {name: outlay.total(name) for name in SUMS}
    return {
        "cluster": asdict(outlay.cluster),
        "stages": rows,
        "together": sums | {"seconds": outlay.seconds, "memory_of_node": outlay.memory, "is_whole": outlay.is_whole},
        "measured": {name: asdict(each) for name, each in measured.items()},
        "notes": list(notes),
    }


def place(cluster: Cluster) -> str:
    """Return the `cluster` in words."""
    gpus = f" and {text.counted(cluster.gpus, 'GPU')}" if cluster.gpus else ""
    each = " each" if cluster.nodes > 1 else ""
    return f"{text.counted(cluster.nodes, 'node')} of {text.counted(cluster.cores, 'core')}{gpus}{each}"


def _aligned(column: str, cell: str, width: int) -> str:
    return cell.ljust(width) if column == HEAD[0] else cell.rjust(width)


def _cells(row: Row) -> list[str]:
    jobs = f"{row.task.work.jobs:,}"
    if row.seconds is None or row.core_hours is None:
        return [row.task.name, jobs, "", "", "", "", UNMEASURED]
    gpu_hours = "" if row.gpu_hours is None else _hours(row.gpu_hours)
    sizes = [text.size(amount) if amount else "" for amount in (row.bytes, row.memory)]
    return [row.task.name, jobs, _hours(row.core_hours), gpu_hours, *sizes, _wall(row.seconds)]


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.2g}"


def _wall(seconds: float) -> str:
    return text.roughly(seconds).removeprefix("about ")


def _notes(outlay: Outlay, is_on_gpu: bool) -> list[str]:
    """Return what to know of the numbers, in lines."""
    cluster, notes = outlay.cluster, [] if outlay.is_whole else ["what is not measured is in no sum"]
    if not is_on_gpu:
        notes.append("networks are measured on a CPU: their rows say core-hours, and no GPU-hours")
    if cluster.gpus and not is_on_gpu:
        notes.append("what a GPU would take is not known: run this on a machine that has one")
    if outlay.idle_gpus:
        total = cluster.nodes * cluster.gpus
        idle = f"{outlay.idle_gpus} of {text.counted(total, 'GPU')}"
        notes.append(f"{idle} stay idle while networks are trained: a stream is one job")
    notes.append("core-hours are those that jobs hold; memory is of a job, and in the last line of a node")
    return table.wrapped(notes)
