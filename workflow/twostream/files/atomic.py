"""Files that are whole or not there."""

import errno
import glob
import hashlib
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from twostream.errors import DISK_FULL, FREE_SPACE, FULL, RERUN, InputError

TOO_LITTLE = 1 << 16
"""Bytes left on a disk that is full."""
SECONDS_TO_ABANDON = 7 * 24 * 3600
"""Seconds after which a part of another machine has been left by its process."""
UNSYNCED = frozenset((errno.EINVAL, errno.ENOSYS, errno.ENOTSUP))
"""The system's errors that say that a file system does not tell when something is on its disk."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` if all went well."""
    with unfinished(path) as beside:
        yield beside
        publish(beside, path)


@contextmanager
def replacing_by_name(path: Path) -> Iterator[Path]:
    """Do as `replacing` does, but yield a path that has the name of `path`, for writers that go by the suffix."""
    with unfinished(path) as folder:
        folder.mkdir()
        yield folder / path.name
        publish(folder / path.name, path)


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Yield the path of a part beside `path`, to be a file or a folder, which is removed at the end.

    No other thread, process or machine yields the same one. InputError where `path` is a device or a pipe, whose place
    a file would take.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(path, "is a device, a pipe or a socket", "give the name of a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    part = path.with_name(f".{path.name}.{_machine()}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        yield part
    except Exception as error:
        if _is_disk_full(path.parent, error):
            raise InputError(path, DISK_FULL, FREE_SPACE) from error
        raise
    finally:
        _remove(part)


def publish(part: Path, path: Path) -> None:
    """Give the finished `part` the name `path`, so that even a loss of power leaves the old file or the whole new one.

    The disk may write a name before the content: so the content is waited for first, and then the name.
    """
    _sync(part)
    status = part.stat()
    try:
        part.replace(path)
    except FileNotFoundError:
        # NFS asks again where an answer was lost, and is told that the part is gone: it has its name already.
        if not (path.exists() and os.path.samestat(status, path.stat())):
            raise
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
    """Remove the parts beside `path` that processes of this machine left when they were killed, and very old ones.

    Whether a process of another machine runs cannot be told. Age is reckoned by the last change of the folder: both
    times are of the file system, and no clock of a machine counts.
    """
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        machine, process, _ = f"...{part.name.removesuffix('.part')}".rsplit(".", 3)[-3:]
        with suppress(OSError):
            if machine == _machine() and process.isdecimal():
                is_left = not _is_running(int(process))
            else:
                is_left = path.parent.stat().st_mtime - part.stat().st_mtime > SECONDS_TO_ABANDON
            if is_left:
                _remove(part)


@cache
def _machine() -> str:
    """Return what is equal where numbers of processes mean the same: the machine, since when it runs, the container."""
    names = [socket.gethostname()]
    for name in (Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")):
        with suppress(OSError):
            names.append(str(name.readlink()) if name.is_symlink() else name.read_text())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


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
