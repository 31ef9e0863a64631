"""What the stages cost: seconds, memory and bytes, and what the cache saved of it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twostream.cache import provenance
from twostream.cache.provenance import Stage

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Cost:
    """Of one stage and key. `memory` is the peak in bytes of its hungriest job, None where none was measured."""

    stage: str
    key: str
    artefacts: int
    seconds: float
    bytes: int
    memory: float | None


@dataclass(frozen=True)
class Reuse:
    """So many of a stage's artefacts came from the cache, and saved so many seconds."""

    artefacts: int
    seconds: float


def measure(stages: Iterable[Stage]) -> list[Cost]:
    return [_cost(stage) for stage in stages]


def reuse(stages: Iterable[Stage], since: float) -> dict[str, Reuse]:
    """What was there before `since` (seconds since 1970), by key."""
    old = {stage.key: [path for path in stage.outputs if _made(path) < since] for stage in stages}
    return {
        key: Reuse(len(paths), sum(provenance.cost(path)["seconds"] for path in paths)) for key, paths in old.items()
    }


def _cost(stage: Stage) -> Cost:
    peaks = [peak for output in stage.outputs if (peak := _peak(output)) is not None]
    return Cost(stage.stage, stage.key, len(stage.outputs), stage.seconds, stage.bytes, max(peaks, default=None))


def _made(output: Path) -> float:
    return provenance.cost_file(output).stat().st_mtime


def _peak(output: Path) -> float | None:
    """The most memory that the job which made `output` held, in bytes, as Snakemake measured it."""
    for file in (output.with_suffix(".tsv"), output.with_name("benchmark.tsv")):
        if file.is_file():
            with file.open(newline="", encoding="utf-8") as lines:
                measured = [row.get("max_rss", "") for row in csv.DictReader(lines, delimiter="\t")]
            peaks = [float(text) * MEGABYTE for text in measured if text.replace(".", "", 1).isdigit()]
            return max(peaks, default=None)
    return None
