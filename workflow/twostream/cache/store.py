"""What lies in a cache, who uses it, and what can go.

A cache may serve several projects: each notes here which of its artefacts it used last. A run holds the
cache's lock together with other runs; whoever removes something holds it alone.
"""

import os
import shutil
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from twostream.cache import keys, provenance
from twostream.errors import InputError
from twostream.files import atomic, locks


@dataclass(frozen=True)
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
    def finished(self) -> bool:
        return bool(self.artefacts)


@dataclass(frozen=True)
class Removal:
    """Files of one entry that nothing uses; `whole` where that is all of it."""

    entry: Entry
    paths: tuple[Path, ...]
    whole: bool

    @property
    def bytes(self) -> int:
        return self.entry.bytes if self.whole else sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True)
class Use:
    """The artefacts that a project's last run used, and the settings it ran with."""

    project: Path
    settings: dict[str, Any]
    artefacts: frozenset[Path]


def use(root: Path, artefacts: Iterable[Path]) -> IO[str] | None:
    """Keep the cache from being pruned for as long as what is returned is kept.

    InputError where one of `artefacts` is to be made and the cache cannot be written to.
    """
    try:
        return locks.shared(_lock_file(root), root, "is being pruned")
    except OSError as error:
        missing = [path for path in artefacts if not path.exists()]
        if missing:
            raise InputError(
                f"compute.cache_root: {root} cannot be written to ({error.strerror}) and has no {missing[0].name} of "
                f"{missing[0].parent.name}: give a folder that can be, or settings whose results it holds"
            ) from error
        return None  # Nobody removes anything from it either.


def hold(root: Path) -> IO[str]:
    """Keep runs from using the cache for as long as what is returned is kept; InputError where one does."""
    return locks.exclusive(_lock_file(root), root, "is in use by a run")


def note_use(root: Path, project: Path, settings: dict[str, Any], artefacts: Iterable[Path]) -> None:
    """Note that `project` uses `artefacts` now. A cache that cannot be written to keeps no such notes."""
    used = list(artefacts)
    note = {
        "project": str(project.resolve()),
        "settings": settings,
        "artefacts": [path.relative_to(root).as_posix() for path in used],
    }
    try:
        atomic.write_json(_note_file(root, project), note)
        for folder in {path.parent for path in used}:
            (folder / provenance.FILE).touch()
    except OSError:
        return


def uses(root: Path) -> list[Use]:
    """What the projects that are still there have used of the cache."""
    notes = [atomic.read_json(path) for path in sorted((root / "projects").glob("*.json"))]
    return [
        Use(Path(note["project"]), note["settings"], frozenset(root / path for path in note["artefacts"]))
        for note in notes
        if Path(note["project"]).is_dir()
    ]


def last_use(root: Path, project: Path) -> Use | None:
    return next((use for use in uses(root) if use.project == project.resolve()), None)


def entries(root: Path) -> list[Entry]:
    """Every folder of the cache, in the order of the stages, the one used last first."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder: give the one that compute.cache_root names, or run the workflow")
    found = [_entry(folder) for stage in keys.VERSION for folder in (root / stage).glob("*/") if folder.is_dir()]
    order = list(keys.VERSION)
    return sorted(found, key=lambda entry: (order.index(entry.stage), -entry.used))


def unused(root: Path, kept: Iterable[Path]) -> Iterator[Removal]:
    """What is not needed for the artefacts in `kept`."""
    needed = {_stem(path) for path in kept}
    folders = {path.parent for path in needed}
    for entry in entries(root):
        if _is_evaluated(entry, root, needed):
            continue
        if entry.folder not in folders:
            yield Removal(entry, (entry.folder,), whole=True)
            continue
        stale = [path for path in entry.artefacts if path not in needed]
        paths = [file for path in stale for file in sorted(path.parent.glob(f"{path.name}.*"))]
        if paths:
            yield Removal(entry, tuple(paths), whole=False)


def remove(removal: Removal) -> None:
    for path in removal.paths:
        if removal.whole:
            shutil.rmtree(path)
        else:
            path.unlink()


def find(root: Path, key: str) -> Entry:
    """The entry whose key begins with `key`."""
    found = [entry for entry in entries(root) if entry.key.startswith(key)]
    if len(found) != 1:
        told = f"{len(found)} keys begin with" if found else "no key begins with"
        raise InputError(f"{root}: {told} `{key}`: give one that `twostream ls` shows")
    return found[0]


def _entry(folder: Path) -> Entry:
    file = folder / provenance.FILE
    record = provenance.read(folder)
    costs = {path: atomic.read_json(path) for path in sorted(folder.glob("*.cost.json"))}
    return Entry(
        folder,
        folder.parent.name,
        folder.name,
        record.get("settings"),
        tuple(_stem(path) for path in costs),
        tuple(Path(os.path.normpath(folder / path)) for path in record.get("inputs", ())),
        sum(cost["seconds"] for cost in costs.values()),
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        (file if file.is_file() else folder).stat().st_mtime,
    )


def _is_evaluated(entry: Entry, root: Path, needed: Container[Path]) -> bool:
    """Whether it rests on weights from elsewhere, which no run makes again, and else on what is needed."""
    if entry.stage != "dump_logits":
        return False
    from_here = [_stem(path) for path in entry.inputs if path.is_relative_to(os.path.normpath(root))]
    return len(from_here) < len(entry.inputs) and all(path in needed for path in from_here)


def _stem(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0])


def _lock_file(root: Path) -> Path:
    return root / ".cache.lock"


def _note_file(root: Path, project: Path) -> Path:
    return root / "projects" / f"{keys.digest(str(project.resolve()))}.json"
