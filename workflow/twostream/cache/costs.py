"""What the stages cost: seconds, memory and bytes, and what the cache saved of it."""

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from twostream import console
from twostream.cache import receipts
from twostream.cache.provenance import StageRecord
from twostream.cache.stages import STAGES

MEGABYTE = 1 << 20
MOST_MEMORY = 1 << 24
"""Megabytes, 16 TB, that no job holds."""


class Cost(TypedDict):
    """What a stage cost under one key: `bytes` on disk, and the most `memory` of a job in bytes, if it was measured."""

    stage: str
    key: str
    artefacts: int
    seconds: float
    bytes: int
    memory: float | None


@dataclass(frozen=True)
class Reuse:
    """How many of a key's artefacts came from the cache, and how many seconds that saved."""

    artefacts: int
    seconds: float


def measure(records: Iterable[StageRecord]) -> list[Cost]:
    """Return the cost of each record."""
    return [_cost(record) for record in records]


def reuse(records: Iterable[StageRecord], since: float) -> dict[str, Reuse]:
    """Return, by key, what was there before `since` (seconds since 1970)."""
    old = {record.key: [path for path in record.outputs if _time_made(path) < since] for record in records}
    return {key: Reuse(len(paths), sum(map(_seconds, paths))) for key, paths in old.items()}


def spent(artefacts: Iterable[Path], since: float) -> tuple[float, float]:
    """Return the seconds that those of `artefacts` took which were made from `since` on, and those made before."""
    paths = [path for path in artefacts if receipts.path(path).is_file()]
    new = [path for path in paths if _time_made(path) >= since]
    return sum(map(_seconds, new)), sum(map(_seconds, set(paths) - set(new)))


def size_of(files: Iterable[Path]) -> int:
    """Return the bytes of `files`; a file of two names counts once, and one that is gone meanwhile does not."""
    sizes = {}
    for file in files:
        with suppress(FileNotFoundError):
            status = file.stat()
            sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def _cost(record: StageRecord) -> Cost:
    benchmarks = [STAGES[record.stage].benchmark(output) for output in record.outputs]
    peaks = [peak for file in benchmarks if (peak := _peak(file)) is not None]
    return Cost(
        stage=record.stage,
        key=record.key,
        artefacts=len(record.outputs),
        seconds=record.seconds,
        bytes=_stored(record),
        memory=max(peaks, default=None),
    )


def _stored(record: StageRecord) -> int:
    """Return the bytes of all that lies in the record's folder, such as the demo's videos beside their list."""
    folders = {output.parent for output in record.outputs}
    there = size_of(file for folder in folders for file in folder.rglob("*") if file.is_file())
    return max(there, record.bytes)  # Of what is in object storage, only receipts may lie here.


def _seconds(output: Path) -> float:
    """Return the seconds that `output` took, 0 where they are not known any more."""
    receipt = receipts.read(output)
    return (receipt and receipt.seconds) or 0.0


def _time_made(output: Path) -> float:
    return receipts.path(output).stat().st_mtime


def _peak(benchmark: Path) -> float | None:
    """Return the most memory that the job held, in bytes, as Snakemake measured it; None where it did not."""
    if not benchmark.is_file():
        return None
    try:
        rows = csv.DictReader(io.StringIO(benchmark.read_text(encoding="utf-8")), delimiter="\t")
        measured = [float(row["max_rss"]) for row in rows if row["max_rss"] not in ("-", "NA")]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        console.warn(benchmark, "is not what Snakemake measured: the memory of this job is left out")
        return None
    return max((peak * MEGABYTE for peak in measured if 0 <= peak < MOST_MEMORY), default=None)
