"""The video files of a data set's folder, as the folder lists them: nothing is opened."""

import os
from dataclasses import dataclass
from pathlib import Path

from twostream.errors import InputError

EXTENSIONS = frozenset(
    [".avi", ".mp4", ".mkv", ".webm", ".mov", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ts", ".ogv"]
)
"""Suffixes of the files that count as videos, in small letters."""

UNREADABLE = -1
"""The size of a file that this process may not read, so that a change of its permissions changes the listing."""


@dataclass(frozen=True)
class File:
    """A file as the folder lists it; `id` is its path within the data set, `class/video.avi`."""

    id: str
    size: int
    mtime_ns: int


def scan(folder: Path) -> list[File]:
    """Return the video files of the `class/video` tree in `folder`, ordered by id."""
    if not folder.is_dir():
        raise InputError("dataset.folder", f"{folder} is not a folder", "choose one that holds `class/video` files")
    files = [_file(folder, path) for name in sorted(os.listdir(folder)) for path in _videos(folder / name)]
    for file in files:
        if not _is_utf8(file.id):
            raise InputError("dataset.folder", f"{file.id!a} has a name that is not UTF-8", "rename the file")
    if not files:
        suffixes = " ".join(sorted(EXTENSIONS))
        raise InputError(
            "dataset.folder",
            f"{folder} holds no `class/video` file (known are {suffixes})",
            "choose a folder that holds `class/video` files",
        )
    return files


def is_video(name: str) -> bool:
    """Return whether a file called `name` counts as a video, by its suffix."""
    return Path(name).suffix.lower() in EXTENSIONS


def _videos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if is_video(path.name))


def _is_utf8(name: str) -> bool:
    """Return whether `name` can be written: Python keeps other bytes of a file's name as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _file(folder: Path, path: Path) -> File:
    # A dangling link is listed too: probing then says what is wrong with it.
    status = path.stat() if path.exists() else path.lstat()
    size = status.st_size if os.access(path, os.R_OK) else UNREADABLE
    return File(path.relative_to(folder).as_posix(), size, status.st_mtime_ns)
