"""Locks that go with the process that holds them, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from twostream.errors import InputError


def hold(path: Path, what: str) -> IO[str]:
    """Lock `path` for as long as what is returned is kept; InputError, naming the process, where another has it."""
    holder = path.read_text(encoding="utf-8") if path.exists() else ""
    file = _locked(path, fcntl.LOCK_EX, f"{what} by process {holder or '?'}: wait until it has finished")
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def share(path: Path, what: str) -> IO[str]:
    """Lock `path` together with all who share it; InputError where someone has it alone."""
    return _locked(path, fcntl.LOCK_SH, f"{what}: wait until that has finished")


def alone(path: Path, what: str) -> IO[str]:
    """Lock `path` against all who share it; InputError where someone does."""
    return _locked(path, fcntl.LOCK_EX, f"{what}: wait until that has finished")


@contextmanager
def waiting(path: Path) -> Iterator[None]:
    """Around work that one process at a time may do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _locked(path: Path, how: int, refusal: str) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise InputError(refusal) from error
    return file
