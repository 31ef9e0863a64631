"""What made an artefact, and what it cost, in words beside it."""

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from twostream import __version__, atomic, keys, locks
from twostream.errors import InputError

FILE = "provenance.json"
PACKAGES = {
    "numpy": "numpy",
    "h5py": "h5py",
    "cv2": "opencv-contrib-python-headless",
    "torch": "torch",
    "torchvision": "torchvision",
}
"""What may change a number: the module, and the distribution that it comes in."""


@dataclass
class Stage:
    """One folder of the cache, as its provenance has it, and what its artefacts cost together."""

    stage: str
    key: str
    settings: Any
    versions: dict[str, str]
    artefacts: int = 0
    seconds: float = 0.0
    bytes: int = 0


@contextmanager
def recorded(stage: str, output: Path, settings: Any, inputs: Sequence[Path]) -> Iterator[bool]:
    """Around the making of `output`: write provenance.json beside it, and its cost and checksum.

    Where another process is at it, wait. Yields whether `output` is still to be made.
    """
    with locks.waiting(output.parent / f".{output.stem}.lock") as waited:
        began = time.monotonic()
        wanted = not (waited and output.exists())
        yield wanted
        if wanted:
            _record(stage, output, settings, inputs, time.monotonic() - began)


def is_changed(path: Path) -> bool:
    """Whether the artefact at `path` is not, to the byte, what was written there."""
    cost = cost_file(path)
    return cost.is_file() and json.loads(cost.read_text(encoding="utf-8"))["sha256"] != _sha256(path)


def check(*paths: Path) -> None:
    """Remove an artefact that is damaged, so that the next run makes it anew, and say so."""
    for path in paths:
        if is_changed(path):
            path.unlink()
            raise InputError(f"{path}: the file is damaged: run the same command again, and it is made anew")


def lineage(output: Path) -> list[Stage]:
    """Every stage that `output` rests on, the first one first, as the records beside the artefacts tell."""
    stages: dict[Path, Stage] = {}
    _walk(output.resolve(), stages, set())
    return list(stages.values())


def cost_file(output: Path) -> Path:
    """Where the cost and the checksum of the artefact `output` stand."""
    return output.with_suffix(".cost.json")


def versions() -> dict[str, str]:
    """The versions of Python, of this package and of those loaded packages that make numbers."""
    loaded = {name: _version(name) for module, name in PACKAGES.items() if module in sys.modules}
    return {"python": platform.python_version(), "twostream": __version__, **loaded}


def _record(stage: str, output: Path, settings: Any, inputs: Sequence[Path], seconds: float) -> None:
    folder = output.parent
    record = {
        "stage": stage,
        "version": keys.VERSION[stage],
        "key": folder.name,
        "settings": settings,
        "inputs": [os.path.relpath(path, folder) for path in inputs],
        "versions": versions(),
    }
    atomic.write_json(folder / FILE, record)
    cost = {"seconds": round(seconds, 2), "bytes": output.stat().st_size, "sha256": _sha256(output)}
    atomic.write_json(cost_file(output), cost)


def _walk(output: Path, stages: dict[Path, Stage], seen: set[Path]) -> None:
    folder = output.parent
    if output in seen or not cost_file(output).is_file():
        return
    seen.add(output)
    record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    for path in record["inputs"]:
        _walk((folder / path).resolve(), stages, seen)
    made = Stage(record["stage"], record["key"], record["settings"], record["versions"])
    stage = stages.setdefault(folder, made)
    cost = json.loads(cost_file(output).read_text(encoding="utf-8"))
    stage.artefacts += 1
    stage.seconds = round(stage.seconds + cost["seconds"], 2)
    stage.bytes += cost["bytes"]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
