"""What a plan needs of a cache in object storage before a run: the index, notes about artefacts, and the report.

They are small, and fetched when a run begins; artefacts are staged for the jobs that read them. What turns out damaged
in storage is deleted there, so that the run makes it anew.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from twostream import console
from twostream.cache import provenance, receipts, stages
from twostream.errors import InputError
from twostream.files import atomic
from twostream.files.quarantine import quarantine, quarantine_path
from twostream.plan import Plan


class Storage(Protocol):
    """Objects by the paths of their local copies, with the times at which they were stored, in seconds since 1970."""

    @property
    def objects(self) -> Mapping[Path, float]:
        """The times of all objects."""

    @property
    def may_change(self) -> bool:
        """Whether objects and copies may be stored and deleted: not in a dry-run."""

    def fetch(self, path: Path) -> None:
        """Make the local copy of an object."""

    def store(self, path: Path) -> None:
        """Make an object of a file on this disk."""

    def remove(self, path: Path) -> None:
        """Delete an object."""


def stage(planned: Plan, storage: Storage) -> Plan:
    """Fetch what is known of the artefacts of `planned`; return the plan that knows which of them are in storage.

    InputError where one is damaged and may not be deleted.
    """
    fetch_index(planned, storage)
    artefacts = list(planned.artefacts)
    _fetch_notes(artefacts, storage)
    for artefact in artefacts:
        if quarantine_path(artefact).is_file():
            _fetch_whole(artefact, storage)
        if storage.may_change and artefact != planned.demo:
            _store_or_drop(artefact, storage)
    return replace(planned, stored=frozenset(artefacts) & storage.objects.keys())


def fetch_index(planned: Plan, storage: Storage) -> None:
    """Fetch the index, from which all that is made of it follows."""
    _fetch_whole(planned.index, storage)


def fetch_report(planned: Plan, storage: Storage, page: Path, again: bool) -> None:
    """Bring the report of `planned`, where it is in storage, to `page` and its numbers to the JSON file beside it.

    Only with `again` is another page replaced.
    """
    report = planned.report
    copies = {report: page.with_suffix(".json"), report.with_suffix(".html"): page}
    if not copies.keys() <= storage.objects.keys() or (page.is_file() and not again):
        return
    _fetch_whole(report, storage)
    _fetch(report.with_suffix(".html"), storage)
    for source, target in copies.items():
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            with atomic.replacing(target) as beside:
                shutil.copyfile(source, beside)


def _fetch_notes(artefacts: Iterable[Path], storage: Storage) -> None:
    """Fetch the small files that tell of `artefacts`, and of all that these were made of."""
    queue = list(artefacts)
    folders: set[Path] = set()
    for artefact in queue:
        _fetch(receipts.path(artefact), storage)
        _fetch(_benchmark(artefact), storage)
        if artefact.parent not in folders and receipts.path(artefact).is_file():
            folders.add(artefact.parent)
            inputs = provenance.read(artefact.parent).get("inputs", ())  # Which writes it anew, of the receipts.
            paths = [Path(os.path.normpath(artefact.parent / path)) for path in inputs]
            queue += [path for path in paths if path in storage.objects]


def _store_or_drop(artefact: Path, storage: Storage) -> None:
    """Store what a run that was stopped had finished and not stored; drop what it had not finished.

    Snakemake takes a local copy that is in its way for write-protected. What was finished has a second name.
    """
    files = [artefact, receipts.path(artefact), *_companions(artefact)]
    if all(path in storage.objects for path in files):
        return
    is_finished = all(path.is_file() for path in files) and not provenance.is_changed(artefact)
    for path in (*files, _benchmark(artefact)):
        if is_finished and path.is_file():
            storage.store(path)
        else:
            path.unlink(missing_ok=True)


def _companions(artefact: Path) -> list[Path]:
    """Return the files that rules declare beside an artefact and its receipt."""
    stage = artefact.parents[1].name
    history = [artefact.with_name(stages.HISTORY)] if stage == stages.TRAIN_STREAM.name else []
    return history + ([artefact.with_suffix(".html")] if stage == stages.FUSION_REPORT.name else [])


def _benchmark(artefact: Path) -> Path:
    return stages.STAGES[artefact.parents[1].name].benchmark(artefact)


def _fetch_whole(artefact: Path, storage: Storage) -> None:
    """Fetch an artefact that is not here and its receipt; delete it in storage where it is not what was stored."""
    if artefact.is_file() or artefact not in storage.objects:
        return
    receipt = receipts.path(artefact)
    if receipt in storage.objects:
        _fetch(receipt, storage)
        _fetch(artefact, storage)
        if not provenance.is_changed(artefact):
            return
        quarantine(artefact)
    problem = "is damaged in storage" if receipt in storage.objects else "has no receipt in storage"
    if not storage.may_change:
        raise InputError(artefact, problem, "run without --dry-run, which makes it anew")
    storage.remove(artefact)
    console.warn(artefact, f"{problem}: it is deleted there, and made anew where it is needed")


def _fetch(path: Path, storage: Storage) -> None:
    """Fetch the object of `path`, unless its local copy is as new, and date it as it is there."""
    stored = storage.objects.get(path)
    if stored is not None and not (path.is_file() and path.stat().st_mtime >= stored):
        storage.fetch(path)
        os.utime(path, (stored, stored))
