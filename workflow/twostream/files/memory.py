"""A bound on the memory that reading a file may take: a few bytes can ask for all there is."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twostream.errors import InputError

ALLOWANCE = 384 << 20
"""Bytes that any file may take to be read."""
FACTOR = 64
"""How many bytes a byte of a file may become: a number in a text is 32 of Python's and 8 of a list."""


@contextmanager
def bounded(path: Path) -> Iterator[None]:
    """Enclose the reading of the file `path`; InputError where it asks for far more memory than its size explains.

    The system refuses the memory before it is taken. Where it cannot, as on macOS, there is no bound.
    """
    import psutil

    before = resource.getrlimit(resource.RLIMIT_AS)
    allowed = psutil.Process().memory_info().vms + ALLOWANCE + FACTOR * path.stat().st_size
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_least(allowed, *before), before[1]))
    try:
        yield
    except MemoryError as error:
        problem = f"asks for far more memory than its {path.stat().st_size} bytes explain"
        raise InputError(path, problem, "give a file that holds what it says") from error
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, before)


def _least(*limits: int) -> int:
    return min(limit for limit in limits if limit != resource.RLIM_INFINITY)
