"""What made an artefact, and what it cost, in words beside it."""

import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from twostream import __version__
from twostream.cache import keys
from twostream.errors import InputError
from twostream.files import atomic, locks

FILE = "provenance.json"
PACKAGES = {
    "numpy": "numpy",
    "h5py": "h5py",
    "cv2": "opencv-contrib-python-headless",
    "numba": "numba",
    "torch": "torch",
    "torchvision": "torchvision",
}
"""What may change a number: the module, and the distribution that it comes in."""


@dataclass
class Stage:
    """One folder of the cache, as its provenance has it, and what its artefacts cost together.

    `outputs` are the artefacts' files, `upstream` the keys of what it was made from.
    """

    stage: str
    key: str
    settings: Any
    versions: dict[str, str]
    outputs: list[Path] = field(default_factory=list)
    upstream: list[str] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0


@contextmanager
def recorded(stage: str, output: Path, settings: Any, inputs: Sequence[Path]) -> Iterator[bool]:
    """Around the making of `output`: write provenance.json beside it, and its cost and checksum.

    Where another process is at it, wait. Yields whether `output` is still to be made: another project that
    shares the cache may have made it since this job was planned.
    """
    with locks.serialised(output.parent / f".{output.stem}.lock"):
        began = time.monotonic()
        wanted = not is_made(output)
        yield wanted
        if wanted:
            _record(stage, output, settings, inputs, time.monotonic() - began)


def is_made(path: Path) -> bool:
    """Whether the artefact at `path` is there and, to the byte, what was written."""
    return path.is_file() and cost_file(path).is_file() and not is_changed(path)


def is_changed(path: Path) -> bool:
    """Whether the artefact at `path` is not, to the byte, what was written there."""
    return cost_file(path).is_file() and cost(path)["sha256"] != keys.file_digest(path, 64)


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
    order = list(keys.VERSION)
    return sorted(stages.values(), key=lambda stage: order.index(stage.stage))


def read(folder: Path) -> dict[str, Any]:
    """What made the artefacts in `folder`; nothing where no artefact is finished."""
    file = folder / FILE
    return atomic.read_json(file) if file.is_file() else {}


def cost(output: Path) -> dict[str, Any]:
    """The seconds and bytes that the artefact `output` cost, and its checksum."""
    return atomic.read_json(cost_file(output))


def cost_file(output: Path) -> Path:
    """Where the cost and the checksum of the artefact `output` stand."""
    return output.with_suffix(".cost.json")


def versions() -> dict[str, str]:
    """The versions of Python, this package and those loaded packages that make numbers; and what torch runs on."""
    loaded = {name: _version(name) for module, name in PACKAGES.items() if module in sys.modules}
    return {"python": platform.python_version(), "twostream": __version__, **loaded, **_hardware()}


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
    spent = {"seconds": round(seconds, 2), "bytes": output.stat().st_size, "sha256": keys.file_digest(output, 64)}
    atomic.write_json(cost_file(output), spent)


def _walk(output: Path, stages: dict[Path, Stage], seen: set[Path]) -> None:
    folder = output.parent
    if output in seen or not cost_file(output).is_file():
        return
    seen.add(output)
    record = read(folder)
    inputs = [(folder / path).resolve() for path in record["inputs"]]
    for path in inputs:
        _walk(path, stages, seen)
    upstream = list(dict.fromkeys(path.parent.name for path in inputs))
    made = Stage(record["stage"], record["key"], record["settings"], record["versions"], upstream=upstream)
    stage = stages.setdefault(folder, made)
    spent = cost(output)
    stage.outputs.append(output)
    stage.seconds = round(stage.seconds + spent["seconds"], 2)
    stage.bytes += spent["bytes"]


def _hardware() -> dict[str, str]:
    """The GPU that this process has used, or the processor and how many threads: on others, torch rounds otherwise."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    if not torch.cuda.is_initialized():
        return {"processor": _processor(), "threads": str(torch.get_num_threads())}
    return {"cuda": torch.version.cuda, "gpu": torch.cuda.get_device_name()}


def _processor() -> str:
    """Its model where the system tells it, as Linux does, else its family."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
