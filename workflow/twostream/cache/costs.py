"""What the stages cost: seconds, memory and bytes, and what the cache saved of it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from twostream.cache import provenance
from twostream.cache.provenance import StageRecord
from twostream.cache.stages import STAGES

MEGABYTE = 1 << 20


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
    return {
        key: Reuse(len(paths), sum(provenance.cost(path)["seconds"] for path in paths)) for key, paths in old.items()
    }


def _cost(record: StageRecord) -> Cost:
    benchmarks = [STAGES[record.stage].benchmark(output) for output in record.outputs]
    peaks = [peak for file in benchmarks if (peak := _peak(file)) is not None]
    return Cost(
        stage=record.stage,
        key=record.key,
        artefacts=len(record.outputs),
        seconds=record.seconds,
        bytes=record.bytes,
        memory=max(peaks, default=None),
    )


def _time_made(output: Path) -> float:
    return provenance.cost_file(output).stat().st_mtime


def _peak(benchmark: Path) -> float | None:
    """Return the most memory that the job held, in bytes, as Snakemake measured it; None where it did not."""
    if not benchmark.is_file():
        return None
    with benchmark.open(newline="", encoding="utf-8") as lines:
        measured = [row.get("max_rss", "") for row in csv.DictReader(lines, delimiter="\t")]
    return max((float(text) * MEGABYTE for text in measured if text.replace(".", "", 1).isdigit()), default=None)
