"""Where a file that is in doubt goes: out of use, but never deleted, since the doubt may be wrong."""

from contextlib import suppress
from pathlib import Path


def quarantine(path: Path) -> None:
    """Move the damaged file `path` out of use, unless another process has; what is whole in it can still be read.

    In a cache that this process cannot write to, it stays where it is, for a process that can.
    """
    with suppress(FileNotFoundError, PermissionError):
        path.replace(quarantine_path(path))


def quarantine_path(path: Path) -> Path:
    """Return where `quarantine` moves the file `path`."""
    return path.with_name(f"{path.stem}.damaged{path.suffix}")
