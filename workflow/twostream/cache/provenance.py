"""What made an artefact, and what it cost, in words beside it."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twostream.cache import environment, keys, stages
from twostream.cache.stages import Stage
from twostream.errors import RERUN, InputError
from twostream.files import atomic, locks

FILE = "provenance.json"
"""The name of the record in each folder of the cache."""
REMEDY = f"delete the folder that it lies in, then {RERUN}"
"""What helps where a record is of no use: no job writes a record alone."""


@dataclass(kw_only=True)
class StageRecord:
    """One folder of the cache, as its record has it, and what its artefacts cost together.

    `outputs` are the artefacts' files, `upstream` the keys of what it was made from.
    """

    stage: str
    key: str
    settings: Any
    versions: dict[str, str]
    outputs: list[Path] = field(default_factory=list)
    upstream: list[str] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0


def produce(
    stage: Stage, output: Path, settings: Any, inputs: Sequence[Path], write: Callable[[], None], again: bool = False
) -> bool:
    """Call `write` to make `output`, unless it is there already, and record what made it.

    With `again` it is made even then. Return whether it was made. Another process that makes the same is waited for.
    """
    with recording(stage, output, settings, inputs, again) as is_missing:
        if is_missing:
            write()
    return is_missing


@contextmanager
def recording(stage: Stage, output: Path, settings: Any, inputs: Sequence[Path], again: bool = False) -> Iterator[bool]:
    """Yield whether `output` is still to be made; record afterwards what made it, its cost and its checksum.

    Another project that shares the cache may have made it since this job was planned, or may be making it: that is
    waited for. `produce` is for one process; this is for several, the first of which enters it.
    """
    with locks.serialised(output.parent / f".{output.stem}.lock"):
        began = time.monotonic()
        is_missing = again or not is_made(output)
        yield is_missing
        if is_missing:
            _record(stage, output, settings, inputs, time.monotonic() - began)


def is_made(path: Path) -> bool:
    """Return whether the artefact at `path` is there and, to the byte, what was written."""
    return path.is_file() and cost_file(path).is_file() and not is_changed(path)


def is_changed(path: Path) -> bool:
    """Return whether the artefact at `path` is not, to the byte, what was written there."""
    return cost_file(path).is_file() and cost(path)["sha256"] != keys.file_digest(path, 64)


def discard_if_damaged(*paths: Path) -> None:
    """Delete the first artefact that is damaged, so that the next run makes it again, and raise InputError."""
    for path in paths:
        if is_changed(path):
            path.unlink()
            raise InputError(path, "the file is damaged", f"{RERUN}, which makes it anew")


def lineage(output: Path) -> list[StageRecord]:
    """Return the record of every stage that `output` rests on, in the order of the pipeline."""
    records: dict[Path, StageRecord] = {}
    _walk(output.resolve(), records, set())
    return sorted(records.values(), key=lambda record: stages.order(record.stage))


def read(folder: Path) -> dict[str, Any]:
    """Return what made the artefacts in `folder`; nothing where no artefact is finished."""
    file = folder / FILE
    return atomic.read_json(file, REMEDY) if file.is_file() else {}


def cost(output: Path) -> dict[str, Any]:
    """Return the seconds and bytes that the artefact `output` cost, and its checksum."""
    file = cost_file(output)
    stored: dict[str, Any] = atomic.read_json(file)
    if "sha256" not in stored:
        raise InputError(file, "holds no checksum", f"delete it, then {RERUN}")
    return stored


def cost_file(output: Path) -> Path:
    """Return where the cost and the checksum of the artefact `output` stand."""
    return output.with_suffix(".cost.json")


def _record(stage: Stage, output: Path, settings: Any, inputs: Sequence[Path], seconds: float) -> None:
    folder = output.parent
    record = {
        "stage": stage.name,
        "version": stage.version,
        "key": folder.name,
        "settings": settings,
        "inputs": [os.path.relpath(path, folder) for path in inputs],
        "versions": environment.versions(),
    }
    atomic.write_json(folder / FILE, record)
    cost = {"seconds": round(seconds, 2), "bytes": output.stat().st_size, "sha256": keys.file_digest(output, 64)}
    atomic.write_json(cost_file(output), cost)


def _walk(output: Path, records: dict[Path, StageRecord], visited: set[Path]) -> None:
    folder = output.parent
    if output in visited or not cost_file(output).is_file():
        return
    visited.add(output)
    stored = read(folder)
    if not stored:
        raise InputError(folder / FILE, "is missing", REMEDY)
    inputs = [(folder / path).resolve() for path in stored["inputs"]]
    for path in inputs:
        _walk(path, records, visited)
    record = records.setdefault(folder, _stage_record(stored, inputs))
    spent = cost(output)
    record.outputs.append(output)
    record.seconds = round(record.seconds + spent["seconds"], 2)
    record.bytes += spent["bytes"]


def _stage_record(stored: dict[str, Any], inputs: Sequence[Path]) -> StageRecord:
    """Return the record that a folder stores, with no artefact counted yet."""
    stored_fields = {name: stored[name] for name in ("stage", "key", "settings", "versions")}
    return StageRecord(**stored_fields, upstream=list(dict.fromkeys(path.parent.name for path in inputs)))
