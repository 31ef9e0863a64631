"""Locks on files, which the system releases when the process that holds them ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from twostream.errors import InputError


def exclusive(path: Path, thing: object, problem: str, owner: bool = False) -> IO[str]:
    """Lock `path` for this process alone, until the file that is returned is closed or dropped.

    Raise InputError, with `thing` and `problem`, where another process has it. With `owner`, the file holds the
    number of the process that has it, and the error names that.
    """
    holder = path.read_text(encoding="utf-8") if owner and path.exists() else ""
    file = _lock(path, fcntl.LOCK_EX, thing, f"{problem} by process {holder or '?'}" if owner else problem)
    if owner:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    return file


def shared(path: Path, thing: object, problem: str) -> IO[str]:
    """Lock `path` together with all that share it, until the file that is returned is closed or dropped.

    Raise InputError, with `thing` and `problem`, where a process has it alone.
    """
    return _lock(path, fcntl.LOCK_SH, thing, problem)


@contextmanager
def serialised(path: Path) -> Iterator[None]:
    """Enclose work that one process at a time may do; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock(path: Path, kind: int, thing: object, problem: str) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise InputError(thing, problem, "wait until that has finished") from error
    return file
