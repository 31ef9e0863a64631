"""The files of a data set's folder, as the folder lists them: nothing is opened."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream.errors import InputError
from twostream.videos import left_out, names
from twostream.videos.left_out import LeftOut

UNREADABLE = -1
"""The size of a file that this process may not read, so that a change of its permissions changes the listing."""

OWN_FOLDERS = ("results", "logs", "benchmarks", ".snakemake")
"""Folders that the workflow writes in its working folder, which may be the data set's."""

FIRST_BYTES = 4096
"""What is looked at to tell a text."""


@dataclass(frozen=True)
class File:
    """A file as the folder lists it; `id` is its path within the data set, `class/video.avi`."""

    id: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Listing:
    """All files of a data set's folder: those that may be videos, ordered by id, and how many are left out and why."""

    files: tuple[File, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class _Folder:
    """A folder to list: what its files' ids begin with, how deep it lies, and why all its files are left out."""

    path: str
    prefix: str
    depth: int
    reason: str


def scan(folder: Path) -> list[File]:
    """Return the files of the `class/video` tree in `folder` that may be videos, ordered by id."""
    return list(scan_all(folder).files)


def check_folder(folder: Path) -> None:
    """Raise InputError where the data set's `folder` is none."""
    if not folder.is_dir():
        raise InputError("dataset.folder", f"{folder} is not a folder", "choose one that holds `class/video` files")


def scan_all(folder: Path, cache_root: Path | None = None) -> Listing:
    """Return all files in `folder`, but for split lists and what the workflow writes itself, as into `cache_root`.

    A file whose suffix is not known may be a video: whoever opens it can tell.
    """
    check_folder(folder)
    files: list[File] = []
    others: list[tuple[str, str]] = []
    for id, entry, reason in _entries(folder, _own(folder, cache_root)):
        if reason:
            others.append((reason, id))
        elif not _is_utf8(id):
            raise InputError("dataset.folder", f"{id!a} has a name that is not UTF-8", "rename the file")
        else:
            files.append(_file(id, entry))
    listing = Listing(tuple(sorted(files, key=lambda file: file.id)), left_out.count(others))
    if not files:
        more = f" ({left_out.described(listing.left_out)})" if others else ""
        remedy = "choose a folder that holds `class/video` files"
        raise InputError("dataset.folder", f"{folder} holds no `class/video` file{more}", remedy)
    return listing


def is_text(path: Path) -> bool:
    """Return whether the file begins as a text: a decoder may take one for a picture or a list of what to play."""
    try:
        with path.open("rb") as file:
            start = file.read(FIRST_BYTES)
        # The last letter may be cut.
        text = start.decode("utf-8", "strict" if len(start) < FIRST_BYTES else "ignore")
    except (OSError, UnicodeDecodeError):
        return False
    if len(start) == FIRST_BYTES and len(text.encode()) < FIRST_BYTES - 3:
        return False
    return all(letter.isprintable() or letter in "\t\n\r\f\ufeff" for letter in text)


def _entries(folder: Path, own: Collection[str]) -> Iterator[tuple[str, os.DirEntry[str], str]]:
    """Yield the id of each file in `folder`, the file, and why it is left out, empty where it is not."""
    folders = [_Folder(str(folder), "", 0, "")]
    while folders:
        outer = folders.pop()
        inner = []
        for entry in _listed(outer):
            reason = outer.reason or _hidden(entry.name)
            # A link is followed to a class's folder, and no deeper: it may lead round in a circle.
            if entry.is_dir(follow_symlinks=outer.depth == 0):
                if not own or os.path.realpath(entry.path) not in own:
                    inner.append(_Folder(entry.path, f"{outer.prefix}{entry.name}/", outer.depth + 1, reason))
            elif outer.depth > 1 or not names.is_list(entry.name):
                yield outer.prefix + entry.name, entry, reason or _reason(entry, outer.depth)
        folders.extend(reversed(inner))


def _listed(folder: _Folder) -> list[os.DirEntry[str]]:
    """Return what is in `folder`, by name; nothing of a hidden one that may not be read, such as a system's bin."""
    try:
        with os.scandir(folder.path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        if not folder.reason:
            raise
        return []


def _hidden(name: str) -> str:
    if name.startswith("._"):
        return left_out.MACOS
    return left_out.HIDDEN if name.startswith(".") else ""


def _reason(entry: os.DirEntry[str], depth: int) -> str:
    """Return why a file that is not hidden is left out, `depth` folders deep; an empty text if it may be a video."""
    if names.is_other(entry.name):
        return left_out.OTHER
    if depth != 1:
        return left_out.DEEPER if depth else left_out.LOOSE
    if entry.is_file():
        return ""
    if entry.is_dir():
        return left_out.DEEPER
    # A link to nothing is a video that cannot be read, if it is called as one.
    is_dangling = entry.is_symlink() and not Path(entry.path).exists()
    return "" if is_dangling and names.is_video(entry.name) else left_out.NO_FILE


def _own(folder: Path, cache_root: Path | None) -> frozenset[str]:
    """Return the real paths of the folders that the workflow writes, as far as they lie in `folder`."""
    roots = [*map(Path, OWN_FOLDERS), *([cache_root] if cache_root else [])]
    whole = folder.resolve()
    return frozenset(str(root.resolve()) for root in roots if whole in root.resolve().parents)


def _is_utf8(name: str) -> bool:
    """Return whether `name` can be written: Python keeps other bytes of a file's name as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _file(id: str, entry: os.DirEntry[str]) -> File:
    # A dangling link is listed too: probing then says what is wrong with it.
    status = entry.stat(follow_symlinks=Path(entry.path).exists()) if entry.is_symlink() else entry.stat()
    size = status.st_size if os.access(entry.path, os.R_OK) else UNREADABLE
    return File(id, size, status.st_mtime_ns)
