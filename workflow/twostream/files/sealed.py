"""Files that end with the digest of all before it, so that one that is not what was written is noticed."""

import hashlib
from pathlib import Path

from twostream.files import atomic

SEAL = hashlib.sha256().digest_size
"""Bytes of the digest."""


def write(path: Path, content: bytes) -> None:
    """Write `content` and its digest to `path`, all of it or nothing."""
    with atomic.replacing(path) as beside:
        beside.write_bytes(content + hashlib.sha256(content).digest())


def read(path: Path) -> bytes | None:
    """Return the content that `write` wrote to `path`; None where it is missing, or is not what was written."""
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        return None
    content, seal = stored[:-SEAL], stored[-SEAL:]
    return content if hashlib.sha256(content).digest() == seal else None
