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
    """What `mark` wrote there; KeyError where nothing or something else is."""
    value = group.attrs[name]
    if not isinstance(value, bytes):
        raise KeyError(name)
    return value.decode(errors="replace")


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
        # By name: h5py's iterators give None for what cannot be opened.
        return all(_is_whole_dataset(group[name]) for name in group)
    except DAMAGE as error:
        insist_on_damage(Path(group.file.filename), error)
        return False


def _is_whole_dataset(dataset: h5py.Dataset) -> bool:
    """A hole in the file, all zeros, has the checksum that it should, and bytes of 255 have too: only codecs notice."""
    is_coded = dataset.id.get_create_plist().get_nfilters() > 1
    chunks = (dataset[chunk] for chunk in dataset.iter_chunks())
    return all(is_coded or values.min() != values.max() or values.flat[0] not in (0, 255) for values in chunks)


def set_aside(path: Path) -> None:
    """Take the damaged file `path` out of use, if no other process has; it is kept for what in it is whole.

    Of a cache that cannot be written to, it is left to whoever can.
    """
    with suppress(FileNotFoundError, PermissionError):
        path.replace(aside(path))


def aside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.damaged.h5")
