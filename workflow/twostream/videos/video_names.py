"""The files that the names in a split list mean: in any form of Unicode, whatever their case and suffix."""

from collections.abc import Iterable
from pathlib import Path

from twostream.errors import InputError
from twostream.videos import names


class VideoNames:
    """The files of a data set by the names that lists may have for them, and the listed ones that are not there."""

    def __init__(self, folder: Path, ids: Iterable[str]) -> None:
        self._folder = folder
        self._ids = frozenset(ids)
        self._composed: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._small: dict[str, list[str]] = {}
        self._small_stems: dict[str, list[str]] = {}
        self._absent: dict[str, Path] = {}
        self._name_of: dict[str, str] = {}
        for id in sorted(self._ids):
            name = names.composed(id)
            self._composed.setdefault(name, []).append(id)
            self._stems.setdefault(_stem(name), []).append(id)
            self._small.setdefault(name.casefold(), []).append(id)
            self._small_stems.setdefault(_stem(name).casefold(), []).append(id)

    def find(self, name: str, file: Path) -> str | None:
        """Return the id of the file that `name` in the list `file` means; None where there is none.

        InputError where it may be one of two files, or where another name means that file.
        """
        id = self._find(name, file)
        if id is not None:
            other = self._name_of.setdefault(id, name)
            if names.composed(other) != names.composed(name):
                problem = f"{other} and {name} in the lists would both be {id}"
                raise InputError(file, problem, "add the video that is missing or delete one of the lines")
        return id

    def _find(self, name: str, file: Path) -> str | None:
        if name in self._ids:
            return name
        composed = names.composed(name)
        # A video may have been converted since the lists were written: jump/a.avi to jump/a.mp4.
        stem = names.without_suffix(composed)
        exact = ((self._composed, composed), (self._stems, composed), (self._stems, stem))
        small, small_stem = composed.casefold(), stem.casefold()
        any_case = ((self._small, small), (self._small_stems, small), (self._small_stems, small_stem))
        for table, key in (*exact, *any_case):
            ids = table.get(key, [])
            if len(ids) > 1:
                raise InputError(file, f"{name} may be {ids[0]} or {ids[1]}", "add the suffix or rename one of the two")
            if ids:
                return ids[0]
        return None

    def note_absence(self, name: str, file: Path) -> None:
        """Note that the list `file` has a `name` that no file has."""
        self._absent.setdefault(name, file)

    @property
    def absent(self) -> frozenset[str]:
        """The listed names that no file has."""
        return frozenset(self._absent)

    def check(self) -> None:
        """Raise InputError where a listed video is not there."""
        if self._absent:
            first = min(self._absent)
            more = f", nor are {len(self._absent) - 1} more that are listed" if len(self._absent) > 1 else ""
            problem = f"{first} is not in {self._folder}{more}"
            remedy = "add the video, delete its line or set dataset.missing to skip"
            raise InputError(self._absent[first], problem, remedy)


def _stem(name: str) -> str:
    """Return the name without what follows the last dot of its last part, be it a suffix that is known or not."""
    folder, slash, last = name.rpartition("/")
    stem, dot, _ = last.rpartition(".")
    return folder + slash + (stem if dot and stem else last)
