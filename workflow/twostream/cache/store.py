"""What lies in a cache, and what of it can go."""

import os
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twostream.cache import costs, provenance, receipts, stages
from twostream.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A folder of the cache: what one stage made, or was making, from one set of settings.

    `artefacts` are paths without their suffix, `inputs` what they were made from; `used` is in seconds since 1970.
    """

    folder: Path
    stage: str
    key: str
    settings: Any
    artefacts: tuple[Path, ...]
    inputs: tuple[Path, ...]
    seconds: float
    bytes: int
    used: float

    @property
    def has_artefacts(self) -> bool:
        """Whether there is an artefact in it."""
        return bool(self.artefacts)


@dataclass(frozen=True)
class Removal:
    """Files of one entry that nothing uses; `whole` where that is all of it."""

    entry: Entry
    paths: tuple[Path, ...]
    whole: bool

    @property
    def bytes(self) -> int:
        """Size of the files."""
        return self.entry.bytes if self.whole else costs.size_of(self.paths)


def entries(root: Path) -> list[Entry]:
    """Return every folder of the cache, in the order of the stages, the one used last first."""
    return sorted(
        (_entry(folder) for folder in _folders(root)), key=lambda entry: (stages.order(entry.stage), -entry.used)
    )


def removals(root: Path, artefacts: Iterable[Path]) -> Iterator[Removal]:
    """Yield what is not needed for the `artefacts` in use."""
    needed = {_stem(path) for path in artefacts}
    folders = {path.parent for path in needed}
    for entry in entries(root):
        if _is_kept_evaluation(entry, root, needed):
            continue
        if entry.folder not in folders:
            yield Removal(entry, (entry.folder,), whole=True)
            continue
        stale = [path for path in entry.artefacts if path not in needed]
        paths = [file for path in stale for file in _files(path)]
        paths += sorted(path for path in entry.folder.glob("*.damaged.*") if path not in paths)
        if paths:
            yield Removal(entry, tuple(paths), whole=False)


def remove(removal: Removal) -> None:
    """Delete the files of `removal`."""
    for path in removal.paths:
        if removal.whole:
            shutil.rmtree(path)
        else:
            path.unlink()


def find(root: Path, key: str) -> Entry:
    """Return the entry whose key begins with `key`; InputError where there is none, or more than one."""
    folders = [folder for folder in _folders(root) if folder.name.startswith(key)]
    if len(folders) != 1:
        problem = f"{len(folders)} keys begin with" if folders else "no key begins with"
        raise InputError(root, f"{problem} `{key}`", "choose one that `twostream ls` shows")
    return _entry(folders[0])


def upstream(entry: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """Return those of the `entries` that `entry` rests on, directly or not, in their order."""
    entries = list(entries)
    by_folder = {other.folder: other for other in entries}
    folders: set[Path] = set()
    queue = [entry]
    while queue:
        inputs = {path.parent for path in queue.pop().inputs} & by_folder.keys() - folders
        folders |= inputs
        queue += [by_folder[folder] for folder in inputs]
    return [other for other in entries if other.folder in folders]


def still_used(
    going: Iterable[Entry], entries: Iterable[Entry], users: Mapping[str, Container[Path]]
) -> dict[Path, str]:
    """Return which folders of those `going`, of the `entries`, are still in use, and by what.

    They are used by the `users`, whose folders these are by name, or by an entry that stays. What is made of an entry
    stands before it in `going`.
    """
    going = list(going)
    leaving = {entry.folder for entry in going}
    rest_on: dict[Path, list[Entry]] = {}
    for entry in entries:
        for folder in {path.parent for path in entry.inputs}:
            rest_on.setdefault(folder, []).append(entry)
    stays: dict[Path, str] = {}
    for entry in going:
        names = [name for name, folders in users.items() if entry.folder in folders]
        names += [
            f"{other.stage} {other.key}"
            for other in rest_on.get(entry.folder, [])
            if other.folder not in leaving or other.folder in stays
        ]
        if names:
            stays[entry.folder] = names[0]
    return stays


def _folders(root: Path) -> list[Path]:
    """Return the folders of all keys in the cache `root`."""
    if not root.is_dir():
        raise InputError(root, "is not a folder", "give the one that compute.cache_root names, or run the workflow")
    return [folder for name in stages.STAGES for folder in (root / name).glob("*/") if folder.is_dir()]


def _entry(folder: Path) -> Entry:
    file = folder / provenance.FILE
    record = provenance.read(folder)
    receipt_of = receipts.in_folder(folder)
    return Entry(
        folder=folder,
        stage=folder.parent.name,
        key=folder.name,
        settings=record.get("settings"),
        artefacts=tuple(receipt_of),
        inputs=tuple(Path(os.path.normpath(folder / path)) for path in record.get("inputs", ())),
        seconds=sum(receipt.seconds or 0 for receipt in receipt_of.values()),
        bytes=costs.size_of(path for path in folder.rglob("*") if path.is_file()),
        used=(file if file.is_file() else folder).stat().st_mtime,
    )


def _is_kept_evaluation(entry: Entry, root: Path, needed: Container[Path]) -> bool:
    """Return whether `entry` holds logits of an imported checkpoint, which no run can make again.

    They are kept for as long as their other inputs, which lie in the cache, are needed; where damage has left nothing
    to tell what they were made from, they may be such.
    """
    if entry.stage != stages.DUMP_LOGITS.name:
        return False
    if entry.has_artefacts and not entry.inputs:
        return True
    from_here = [_stem(path) for path in entry.inputs if path.is_relative_to(os.path.normpath(root))]
    return len(from_here) < len(entry.inputs) and all(path in needed for path in from_here)


def _files(artefact: Path) -> list[Path]:
    """Return the files of an artefact without its suffix, under their first and their second names."""
    return sorted(
        file for pattern in ("{}.*", ".{}.*.kept") for file in artefact.parent.glob(pattern.format(artefact.name))
    )


def _stem(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0])
