"""A bound on the memory that reading a file may take: a few bytes can ask for all there is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from twostream import console
from twostream.errors import InputError

ALLOWANCE = 384 << 20
"""Bytes that any file may take to be read."""
FACTOR = 64
"""How many bytes a byte of a file may become: a number in a text is 32 of Python's and 8 of a list."""


@contextmanager
def bounded(path: Path) -> Iterator[None]:
    """Enclose the reading of the file `path`; InputError where it asks for far more memory than its size explains.

    The system refuses the memory before it is taken. Where it cannot, as on macOS, there is no bound; on Windows a
    warning says so.
    """
    try:
        with _unlimited(path) if sys.platform == "win32" else _limited(path):
            yield
    except MemoryError as error:
        problem = f"asks for far more memory than its {path.stat().st_size} bytes explain"
        raise InputError(path, problem, "give a file that holds what it says") from error


@contextmanager
def _limited(path: Path) -> Iterator[None]:
    import resource

    import psutil

    before = resource.getrlimit(resource.RLIMIT_AS)
    allowed = psutil.Process().memory_info().vms + ALLOWANCE + FACTOR * path.stat().st_size
    least = min(limit for limit in (allowed, *before) if limit != resource.RLIM_INFINITY)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (least, before[1]))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def _unlimited(path: Path) -> Iterator[None]:
    _warn(path)
    yield


@cache
def _warn(path: Path) -> None:
    console.warn(path, "this system sets no bound to the memory that reading it takes")
