"""HDF5 files that tell when they are damaged."""

import errno
import os
import re
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np

from twostream.errors import InputError

DAMAGE = (OSError, KeyError, RuntimeError)
"""What h5py raises where a file is cut short or a checksum is wrong, depending on where; and where the system fails."""


class OtherKeyError(OSError):
    """The file is one of ours, whole, and not the one that belongs there."""


def create(path: Path) -> h5py.File:
    """A new file, in the format that has checksums on its structure; data sets ask for theirs themselves."""
    return h5py.File(path, "w", libver="latest")


def mark(group: h5py.Group, **texts: str) -> None:
    """Attributes of a fixed length: those of any length lie where there is no checksum, and damaged hang HDF5."""
    group.attrs.update({name: np.bytes_(text.encode()) for name, text in texts.items()})


def marked(group: h5py.Group, name: str) -> str:
    return bytes(group.attrs[name]).decode()


def insist_on_damage(path: Path, error: Exception) -> None:
    """InputError where `error`, one of DAMAGE, tells nothing of `path`: too many files are open, a lock, a disk."""
    number = _errno(error)
    if number not in (None, errno.ENOENT):
        raise InputError(
            f"{path}: cannot be read ({os.strerror(number)}): mend that, and run the same command again"
        ) from error


def _errno(error: Exception) -> int | None:
    """Of the system call that failed; for some errors h5py tells it in words alone."""
    told = re.search(r"errno = (\d+)", str(error))
    return int(told[1]) if told else getattr(error, "errno", None)


def is_whole(group: h5py.Group) -> bool:
    """Whether all of `group` can be read: HDF5 verifies the checksum of each chunk."""
    try:
        for dataset in group.values():
            for chunk in dataset.iter_chunks():
                dataset[chunk]
    except DAMAGE as error:
        insist_on_damage(Path(group.file.filename), error)
        return False
    return True


def set_aside(path: Path) -> None:
    """Take the damaged file `path` out of use, if no other process has; it is kept for what in it is whole."""
    with suppress(FileNotFoundError):
        path.replace(aside(path))


def aside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.damaged.h5")
