"""HDF5 files in which damage is noticed."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twostream.errors import InputError
from twostream.files import locks
from twostream.files.hdf5_sink import Sink

DAMAGE = (OSError, KeyError, RuntimeError)
"""What h5py raises where a file is cut short or a checksum is wrong, and also where the system fails."""


class OtherKeyError(OSError):
    """The file is one of ours and whole, but not the one that belongs at its path."""


CACHE = 1 << 20
"""Bytes of chunks that HDF5 holds back of a file that is being made: so a full disk is noticed soon."""

_SINKS: dict[str, Sink] = {}
"""What the files that are being made write to, by the name that HDF5 knows it by."""


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """Yield a new file, in the format that has checksums on its structure; each data set asks for its own.

    Raise OSError in the end where it could not be written; `raise_if_unwritten` does so sooner.
    """
    with Sink(path) as sink:
        _SINKS[repr(sink)] = sink
        try:
            with h5py.File(sink, "w", libver="latest", rdcc_nbytes=CACHE) as file:
                yield file
        finally:
            del _SINKS[repr(sink)]
            sink.raise_error()


def raise_if_unwritten(group: h5py.Group) -> None:
    """Raise OSError where the file of `group`, which is being made, could not be written so far."""
    sink = _SINKS.get(group.file.filename)
    if sink:
        sink.raise_error()


def make_folder(group: h5py.Group, name: str) -> None:
    """Make the groups that `name`, as `class/video.avi`, has before its last part.

    Those that HDF5 makes itself hold the time, so that no two files would be equal.
    """
    folder = name.rpartition("/")[0]
    if folder:
        group.require_group(folder)


def open_file(path: Path, mode: str = "r", **options: Any) -> h5py.File:
    """Return the HDF5 file at `path`, opened in `mode` with h5py's `options`, also where files cannot be locked."""
    try:
        return h5py.File(path, mode, **options)
    except OSError as error:
        if "lock" not in str(error) or _errno(error) not in locks.UNSUPPORTED:
            raise
        locks.warn(path)
        return h5py.File(path, mode, locking=False, **options)


def write_text_attrs(group: h5py.Group, **texts: str) -> None:
    """Write `texts` as attributes of a fixed length.

    Those of variable length live in the global heap, which has no checksum, and HDF5 hangs when it is damaged.
    """
    group.attrs.update({name: np.bytes_(text.encode()) for name, text in texts.items()})


def read_text_attr(group: h5py.Group, name: str) -> str:
    """Return what `write_text_attrs` wrote as `name`; raise KeyError where nothing or something else is."""
    value = group.attrs[name]
    if not isinstance(value, bytes):
        raise KeyError(name)
    return value.decode(errors="replace")


def raise_if_system_error(path: Path, error: Exception) -> None:
    """Raise InputError if `error`, one of DAMAGE, comes from the system and not from a damaged file.

    The system's are, for example: too many open files, a lock that another process holds, a failing disk.
    """
    number = _errno(error)
    if number not in (None, errno.ENOENT):
        remedy = "mend that, then run the same command again"
        raise InputError(path, f"cannot be read ({os.strerror(number)})", remedy) from error


def is_gone(error: OSError) -> bool:
    """Return whether `error` says that another process, maybe on another host, has deleted or replaced the file."""
    return _errno(error) in (errno.ENOENT, errno.ESTALE)


def check_own(file: h5py.File, name: str) -> None:
    """Raise KeyError or TypeError where `name` is no data set that lies in `file` itself.

    Links and storage outside, which would read any other file, are refused before anything is opened.
    """
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise KeyError(f"/{name} is missing, or a link")
    item = file[name]
    if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
        raise TypeError(f"/{name} is no data set, or lies in another file")


def is_whole(group: h5py.Group | h5py.Dataset) -> bool:
    """Return whether `group` is a group all of which can be read: HDF5 verifies the checksum of each chunk."""
    if not isinstance(group, h5py.Group):
        return False
    try:
        # By name: h5py's iterators give None for what cannot be opened.
        parts = [group[name] for name in group]
        return all(isinstance(part, h5py.Dataset) and _is_whole_dataset(part) for part in parts)
    except DAMAGE as error:
        raise_if_system_error(Path(group.file.filename), error)
        return False


def _errno(error: Exception) -> int | None:
    """Return the number of the system's error; h5py gives it for some errors in the text alone."""
    number = re.search(r"errno = (\d+)", str(error))
    return int(number[1]) if number else getattr(error, "errno", None)


def _is_whole_dataset(dataset: h5py.Dataset) -> bool:
    """Read all chunks; return whether none looks as if it was never written.

    fletcher32 of a chunk of zeros, or of bytes of 255, is valid, so that a hole in the file passes as one: without a
    codec, whose decompression would fail, such a chunk counts as damaged.
    """
    is_coded = dataset.id.get_create_plist().get_nfilters() > 1
    chunks = (dataset[chunk] for chunk in dataset.iter_chunks())
    return all(is_coded or values.min() != values.max() or values.flat[0] not in (0, 255) for values in chunks)
