"""What made an artefact, and what it cost, in words beside it."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twostream import console
from twostream.cache import environment, kept, keys, receipts, stages
from twostream.cache.receipts import Receipt
from twostream.cache.stages import Stage
from twostream.errors import RERUN, InputError
from twostream.files import clock, locks, records
from twostream.files.quarantine import quarantine

FILE = "provenance.json"
"""The name of the record in each folder of the cache."""
ATTEMPTS = 10
"""So often a receipt is written whose artefact others replace meanwhile."""
AGAIN = "it is made again of what the receipts beside it hold"


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
    stage: Stage,
    output: Path,
    settings: Any,
    inputs: Sequence[Path],
    write: Callable[[], object],
    again: bool = False,
    files: Sequence[Path] = (),
) -> bool:
    """Call `write` to make `output`, unless it is there already, and record what made it.

    With `again` it is made even then. `files` are made with it, as `recording` says. Return whether it was made.
    Another process that makes the same is waited for.
    """
    with recording(stage, output, settings, inputs, again=again, files=files) as is_missing:
        if is_missing:
            write()
    return is_missing


@contextmanager
def recording(
    stage: Stage,
    output: Path,
    settings: Any,
    inputs: Sequence[Path],
    again: bool = False,
    files: Sequence[Path] = (),
    ran_on: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[bool]:
    """Yield whether `output` is still to be made; record afterwards what made it, its cost and its checksum.

    `files` are made with it and lie beside it, small ones or folders: the receipt keeps the contents of these, and the
    digests of what is in those. `ran_on` says what the versions do not of where it was made.

    Another project that shares the cache may have made it since this job was planned, or may be making it: that is
    waited for. `produce` is for one process; this is for several, the first of which enters it.
    """
    lock = output.parent / f".{output.stem}.lock"
    with locks.serialised(lock):
        began = time.monotonic()
        is_missing = again or not is_made(output)
        yield is_missing
        if is_missing:
            record = partial(_record, stage, output, settings, inputs, ran_on)
            _finish(output, files, record, time.monotonic() - began)
        root = output.parents[2] if len(output.parents) > 2 else output.parent
        clock.date_back((path for path in inputs if path.is_relative_to(root)), lock)


def is_made(path: Path) -> bool:
    """Return whether the artefact at `path` is there and, to the byte, what was written.

    One that was finished and has lost its name gets it again; one that is in doubt is put in quarantine.
    """
    if path.is_file() and is_changed(path):
        quarantine(path)
    if path.is_file():
        return receipts.path(path).is_file() or _is_confirmed(path)
    return kept.restore(path) and _is_confirmed(path)


def is_changed(path: Path) -> bool:
    """Return whether the artefact at `path` is not, to the byte, what was written there.

    Two checksums tell, that of its receipt and that in its second name: where the second confirms the file, it is the
    first that is wrong, and it is written anew.
    """
    receipt = receipts.read(path)
    return receipt is not None and receipt.sha256 != keys.file_digest(path, 64) and not _is_confirmed(path)


def check_whole(*paths: Path) -> None:
    """Raise InputError where one of the artefacts is damaged, and put it in quarantine: the next run makes it again."""
    for path in paths:
        if is_changed(path):
            quarantine(path)
            raise InputError(path, "the file is damaged", f"{RERUN}, which makes it anew")


def lineage(output: Path) -> list[StageRecord]:
    """Return the record of every stage that `output` rests on, in the order of the pipeline."""
    record_of: dict[Path, StageRecord] = {}
    _walk(output.resolve(), record_of, set())
    return sorted(record_of.values(), key=lambda record: stages.order(record.stage))


def read(folder: Path) -> dict[str, Any]:
    """Return what made the artefacts in `folder`; nothing where that is not known, or no artefact is finished.

    A record that is damaged or gone is made again.
    """
    file = folder / FILE
    stored = records.read(file, receipts.checked, AGAIN)
    if stored:
        return stored
    again = next(
        (dict(receipt.provenance) for receipt in receipts.in_folder(folder).values() if receipt.provenance), {}
    )
    with suppress(OSError, InputError):
        if again:
            records.write(file, again)
    return again


def _finish(output: Path, files: Sequence[Path], record: Callable[[], dict[str, Any]], seconds: float) -> None:
    """Give `output` and `files` their second names, and write what made them and the receipt.

    Again where another process has replaced one meanwhile: locks need not reach other hosts. Each looks after it has
    written its receipt, so that the last receipt is that of the last file.
    """
    inodes: list[int] = []
    for _ in range(ATTEMPTS):  # Some file systems give a file another number each time.
        if inodes == (inodes := [_inode(file) for file in filter(Path.is_file, (*files, output))]):
            return
        for file in filter(Path.is_file, (*files, output)):
            kept.keep(file)
        receipts.write(output, seconds, record(), files)


def _inode(file: Path) -> int:
    """Return the number of the inode of `file`; it is opened, so that NFS asks its server."""
    with file.open("rb") as opened:
        return os.fstat(opened.fileno()).st_ino


def _record(
    stage: Stage, output: Path, settings: Any, inputs: Sequence[Path], ran_on: Mapping[str, str]
) -> dict[str, Any]:
    """Write down what made `output`, for its folder, and return it."""
    folder = output.parent
    record = {
        "stage": stage.name,
        "version": stage.version,
        "key": folder.name,
        "settings": settings,
        "inputs": [os.path.relpath(path, folder) for path in inputs],
        "versions": environment.versions() | dict(ran_on),
    }
    records.write(folder / FILE, record)
    return record


def _is_confirmed(path: Path) -> bool:
    """Return whether the second name of `path` says that it is whole; its receipt then gets that checksum."""
    digest = keys.file_digest(path, 64)
    if digest not in kept.digests(path):
        return False
    receipts.correct(path, digest, read(path.parent))
    return True


def _walk(output: Path, record_of: dict[Path, StageRecord], visited: set[Path]) -> None:
    """Add the record of `output`, and those of all that it rests on, by their folders; `visited` are counted."""
    folder = output.parent
    receipt = receipts.read(output) if output not in visited else None
    if receipt is None:
        return
    visited.add(output)
    stored = read(folder) or dict(receipt.provenance)
    if not stored:
        console.warn(folder / FILE, "is missing: what these artefacts were made of is left out")
        stored = dict(zip(receipts.PROVENANCE, (folder.parent.name, 0, folder.name, {}, [], {}), strict=True))
    inputs = [(folder / path).resolve() for path in stored["inputs"]]
    for path in inputs:
        _walk(path, record_of, visited)
    _count(record_of.setdefault(folder, _stage_record(stored, inputs)), output, receipt)


def _count(record: StageRecord, output: Path, receipt: Receipt) -> None:
    """Add the cost of `output` to that of its folder."""
    record.outputs.append(output)
    record.seconds = round(record.seconds + (receipt.seconds or 0), 2)
    record.bytes += receipt.bytes


def _stage_record(stored: dict[str, Any], inputs: Sequence[Path]) -> StageRecord:
    """Return the record that a folder stores, with no artefact counted yet."""
    stored_fields = {name: stored[name] for name in ("stage", "key", "settings", "versions")}
    return StageRecord(**stored_fields, upstream=list(dict.fromkeys(path.parent.name for path in inputs)))
