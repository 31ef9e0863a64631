"""What a user names, files, folders and patterns, as the videos to answer."""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from twostream.errors import InputError
from twostream.videos import names

GIVE = "give a video, a folder of videos, or a pattern such as 'new/*.mp4'"


def find(named: Sequence[str]) -> list[Path]:
    """Return the videos that `named` stand for, each once; InputError where one stands for none.

    A file is taken for a video whatever it is called; in a folder, at any depth, the suffix tells.
    """
    videos: dict[str, Path] = {}
    for name in named:
        for path in _find_one(name):
            videos.setdefault(os.path.realpath(path), path)
    return list(videos.values())


def _find_one(name: str) -> Iterable[Path]:
    if not name.strip():
        raise InputError("predict", "a name of a video is empty", GIVE)
    path = Path(name)
    if path.is_dir():
        inside = sorted(_inside(path))
        if not inside:
            raise InputError(name, "is a folder without a video in it", GIVE)
        return inside
    if os.path.lexists(name):
        return [path]
    matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern.
    if not matches:
        problem = "matches no file" if glob.has_magic(name) else "there is no such file"
        raise InputError(name, problem, GIVE)
    return find(matches) if name not in matches else [path]


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the videos below `folder`; hidden files and folders, and those of a system, are none."""
    for where, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [each for each in folders if not each.startswith(".") and not names.is_system_folder(each)]
        yield from (Path(where, file) for file in files if names.is_video(file) and not file.startswith("."))


def _refuse(error: OSError) -> None:
    """Raise InputError: the videos of a folder that cannot be read would be left out."""
    raise InputError(error.filename, f"cannot be read ({error.strerror})", "give the right to read it") from error
