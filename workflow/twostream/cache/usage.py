"""Who uses a cache, which may serve several projects.

Each project notes here which artefacts its last run used. A run shares the cache's lock with other runs; whoever
removes something holds it alone.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from twostream import console
from twostream.cache import keys, provenance
from twostream.errors import InputError
from twostream.files import locks, records

NOTES = "projects"
"""The folder of the notes in a cache."""
UNKNOWN = "what its project uses is not known until it runs again, and nothing is removed until then"

LOCK = ".cache.lock"
"""The file in a cache that runs share and pruning holds alone; a folder that has it is a cache."""


@dataclass(frozen=True)
class Use:
    """The artefacts that a project's last run used, and the settings it ran with."""

    project: Path
    settings: dict[str, Any]
    artefacts: frozenset[Path]

    @property
    def is_there(self) -> bool:
        """Whether the project's folder can be seen: it may be deleted, or on a disk that is not mounted now."""
        return self.project.is_dir()


@dataclass(frozen=True)
class Notes:
    """What the projects have used of a cache, and the notes, by file, that do not tell: damaged, or not to be read."""

    users: tuple[Use, ...]
    unknown: tuple[Path, ...]

    def of(self, project: Path) -> Use | None:
        """Return what the last run in the folder `project` used, None where none has, or its note does not tell."""
        return next((use for use in self.users if use.project == project.resolve()), None)


def keep_from_pruning(root: Path, artefacts: Iterable[Path]) -> IO[str] | None:
    """Keep the cache from being pruned for as long as the file that is returned stays open.

    InputError where the cache cannot be written to and one of `artefacts` is to be made; None where none is.
    """
    try:
        return locks.shared(_lock_file(root), root, "is being pruned")
    except OSError as error:
        missing = [path for path in artefacts if not path.exists()]
        if missing:
            raise InputError(
                f"compute.cache_root: {root}",
                f"cannot be written to ({error.strerror}) and has no {missing[0].name} of {missing[0].parent.name}",
                "choose a folder that can be, or settings whose results it holds",
            ) from error
        return None  # Nobody removes anything from it either.


def is_writable(artefact: Path) -> bool:
    """Return whether this process may write `artefact`, anew where it is there: the cache may be another user's."""
    folder = next((folder for folder in artefact.parents if folder.exists()), Path())
    return os.access(folder, os.W_OK) and (not artefact.exists() or os.access(artefact, os.W_OK))


def keep_runs_out(root: Path) -> IO[str]:
    """Keep runs from using the cache for as long as the file that is returned stays open; InputError where one does."""
    return locks.exclusive(_lock_file(root), root, "is in use by a run")


def note_use(root: Path, project: Path, settings: dict[str, Any], artefacts: Iterable[Path]) -> None:
    """Note that `project` uses `artefacts`. A cache that cannot be written to keeps no such notes.

    On a disk that is full the run goes on, with a warning: what there is serves, and a job that needs space says so.
    """
    used = list(artefacts)
    note = {
        "project": str(project.resolve()),
        "settings": settings,
        "artefacts": [path.relative_to(root).as_posix() for path in used],
    }
    try:
        file = _note_file(root, project)
        records.write(file, note)
        file.with_name(file.name + records.DAMAGED).unlink(missing_ok=True)
        for folder in {path.parent for path in used}:
            (folder / provenance.FILE).touch()
    except OSError:
        return
    except InputError as error:
        console.warn(error.args[0], f"{error.args[1]}, and prune does not know what this run uses: do not prune now")


class RunNote:
    """What a run notes of its use, by `write`: once it has begun and knows, by the index, what it uses.

    A run that is refused before its first job leaves the note of the run before it, whose results are still in use.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        """Begin with a run of which neither is so."""
        self._write = write
        self._has_begun = self._is_planned = self._is_written = False

    def begin(self) -> None:
        """Note the use of a run that is not refused any more."""
        self._has_begun = True
        self._write_once()

    def plan(self) -> None:
        """Note the use of a run whose index is there."""
        self._is_planned = True
        self._write_once()

    def _write_once(self) -> None:
        if self._has_begun and self._is_planned and not self._is_written:
            self._is_written = True
            self._write()


def read_notes(root: Path) -> Notes:
    """Return what the projects have noted in the cache `root`. A note that is damaged is set aside.

    What its project uses is unknown until that has run again, or is forgotten.
    """
    files = _note_files(root)
    names = dict.fromkeys(file.name.removesuffix(records.DAMAGED) for file in files)
    users = {name: records.read(root / NOTES / name, partial(_use, root), UNKNOWN) for name in names}
    unknown = [name for name, use in users.items() if use is None]
    there = [(root / NOTES / name, root / NOTES / f"{name}{records.DAMAGED}") for name in unknown]
    return Notes(
        tuple(use for use in users.values() if use),
        tuple(file if os.path.lexists(file) else damaged for file, damaged in there),
    )


def but_for(notes: Iterable[Path], projects: Iterable[Path]) -> tuple[Path, ...]:
    """Return the `notes`, whole or damaged, but for those of the `projects`."""
    names = {_name(project) for project in projects}
    return tuple(note for note in notes if note.name.removesuffix(records.DAMAGED) not in names)


def forget(root: Path, project: Path) -> None:
    """Forget what `project` has used of the cache, also where its note does not tell."""
    file = _note_file(root, project)
    for note in (file, file.with_name(file.name + records.DAMAGED)):
        note.unlink(missing_ok=True)


def _use(root: Path, note: dict[str, Any]) -> Use:
    return Use(Path(note["project"]), note["settings"], frozenset(root / path for path in note["artefacts"]))


def _lock_file(root: Path) -> Path:
    return root / LOCK


def _note_file(root: Path, project: Path) -> Path:
    return root / NOTES / _name(project)


def _name(project: Path) -> str:
    return f"{keys.digest(str(project.resolve()))}.json"


def _note_files(root: Path) -> list[Path]:
    """Return the notes, whole or damaged; raise OSError where the folder may not be read, which glob would not say."""
    with suppress(FileNotFoundError, NotADirectoryError):
        names = sorted(os.listdir(root / NOTES))
        return [root / NOTES / name for name in names if name.endswith((".json", f".json{records.DAMAGED}"))]
    return []
