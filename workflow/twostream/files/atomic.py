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

import psutil

from twostream.errors import InputError

TOO_LITTLE = 1 << 16
"""Bytes left on a disk that is full."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it into place if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    beside = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    except Exception as error:
        if _is_disk_full(path.parent, error):
            raise InputError(f"{path}: the disk is full: free some space, run again; what is done is kept") from error
        raise
    finally:
        beside.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what processes of this machine that are no more have left beside `path`."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{socket.gethostname()}.*.part"):
        if not _is_running(int(left.name.split(".")[-2])):
            left.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    """A killed process that nobody has waited for yet keeps its number, but does not run."""
    try:
        return psutil.Process(process).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _is_disk_full(folder: Path, error: Exception) -> bool:
    """HDF5 and torch say in words of their own that a write failed: what is left on the disk tells why."""
    return getattr(error, "errno", None) == errno.ENOSPC or shutil.disk_usage(folder).free < TOO_LITTLE


def write_text(path: Path, text: str) -> None:
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def is_text(path: Path, text: str) -> bool:
    """Whether `text` is what stands in `path`."""
    return path.is_file() and path.read_text(encoding="utf-8") == text


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
