"""Keys: a cached artefact lives at a path that names what made it."""

import hashlib
import json
from pathlib import Path
from typing import Any

VERSION = {
    "render_demo": 1,
    "index": 1,
    "extract_frames": 2,
    "compute_flow": 2,
    "import_flow": 1,
    "write_stacks": 2,
    "train_stream": 5,
    "dump_logits": 4,
    "fuse": 2,
    "fusion_report": 2,
}
"""Raise a stage's number when its output changes: that stage and all after it run again."""


def canonical(value: Any) -> str:
    """JSON that is equal exactly where the settings are: sorted, compact, 1.0 written as 1."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str | bytes, length: int = 12) -> str:
    """The first `length` hexadecimal digits of the SHA-256 of `text`."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:length]


def file_digest(path: Path, length: int = 12) -> str:
    """The first `length` hexadecimal digits of the SHA-256 of what is in a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:length]


def key(stage: str, settings: Any, *upstream: str) -> str:
    """The name of what `stage` makes from `settings` and the keys it builds on."""
    return digest(canonical([stage, VERSION[stage], settings, list(upstream)]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
