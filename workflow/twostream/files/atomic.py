"""Files that are whole or not there."""

import errno
import glob
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twostream.errors import DISK_FULL, FREE_SPACE, FULL, RERUN, InputError

TOO_LITTLE = 1 << 16
"""Bytes left on a disk that is full."""
UNSYNCED = frozenset((errno.EINVAL, errno.ENOSYS, errno.ENOTSUP))
"""The system's errors that say that a file system does not tell when something is on its disk."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` if all went well."""
    with _part(path) as beside:
        yield beside
        _rename(beside, path)


@contextmanager
def replacing_by_name(path: Path) -> Iterator[Path]:
    """Do as `replacing` does, but yield a path that has the name of `path`, for writers that go by the suffix."""
    with _part(path) as folder:
        folder.mkdir()
        yield folder / path.name
        _rename(folder / path.name, path)


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Yield the path of this process's part beside `path`, a file or a folder, which is removed at the end.

    InputError where `path` is a device or a pipe, whose place a file would take.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(path, "is a device, a pipe or a socket", "give the name of a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    part = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.part")
    try:
        yield part
    except Exception as error:
        if _is_disk_full(path.parent, error):
            raise InputError(path, DISK_FULL, FREE_SPACE) from error
        raise
    finally:
        _remove(part)


def _rename(part: Path, path: Path) -> None:
    """Give the finished `part` the name `path`, so that even a loss of power leaves the old file or the whole new one.

    The disk may write a name before the content: so the content is waited for first, and then the name.
    """
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Wait until the file or the names in the folder at `path` are on the disk, where its file system can tell."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSYNCED:
            raise
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove the parts beside `path` that processes of this machine left when they were killed."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.{socket.gethostname()}.*.part"):
        process = part.name.split(".")[-2]
        if process.isdecimal() and not _is_running(int(process)):
            _remove(part)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    """Return whether `process` runs; a killed one that no parent has waited for yet keeps its number, but does not."""
    import psutil

    try:
        return psutil.Process(process).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _is_disk_full(folder: Path, error: Exception) -> bool:
    """Return whether a full disk explains `error`: torch gives no number, so that the free space is looked at."""
    number = getattr(error, "errno", None)
    return is_full(folder) if number is None else number in FULL


def is_full(folder: Path) -> bool:
    """Return whether the disk of `folder` has no space left."""
    return shutil.disk_usage(folder).free < TOO_LITTLE


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, all of it or nothing."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def is_text(path: Path, text: str) -> bool:
    """Return whether `path` is a file that holds `text`."""
    return path.is_file() and path.read_bytes() == text.encode()


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as JSON, all of it or nothing."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path, remedy: str = f"delete it, then {RERUN}") -> Any:
    """Return what `write_json` wrote to `path`; raise InputError with `remedy` where that is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"is no JSON ({error})", remedy) from error
