"""Digests, of which keys are made: a cached artefact lies at a path that names what made it."""

import errno
import hashlib
import json
from pathlib import Path
from typing import Any

ATTEMPTS = 5
"""So often a file is read that other hosts replace meanwhile."""


def canonical(value: Any) -> str:
    """Return JSON that is equal exactly where the settings are: sorted, compact, 1.0 written as 1."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str | bytes, length: int = 12) -> str:
    """Return the first `length` hexadecimal digits of the SHA-256 of `text`."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:length]


def file_digest(path: Path, length: int = 12) -> str:
    """Return the first `length` hexadecimal digits of the SHA-256 of the file at `path`.

    Where another host replaces the file while it is read, NFS takes it away: the new one is read then.
    """
    for attempt in range(ATTEMPTS):
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:length]
        except OSError as error:
            if error.errno != errno.ESTALE or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
