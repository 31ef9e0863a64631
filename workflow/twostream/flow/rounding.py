"""How a flow backend rounds on this machine, for planning: measured by another process and remembered in the cache."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twostream.cache import environment, measurement, stages
from twostream.flow import backends, fingerprint

LIBRARIES = {"fused": ("numba",), "torch": ("torch",)}
"""The distributions besides OpenCV and NumPy with which a backend computes."""


def find(cache_root: Path, settings: Mapping[str, Any], device: str, remember: bool = False) -> str:
    """Return what `fingerprint.describe` returns for `settings`, the section `flow`.

    A digest is read from the cache or measured; with `remember`, a new one is noted in the cache. The text is empty
    where this Python cannot compute flow. `device` is the setting of `compute`.
    """
    backend = settings["backend"]
    if backend == "raft":
        return fingerprint.describe_raft(settings["raft"])
    names = ("numpy", *LIBRARIES.get(backend, ()))
    versions = (environment.opencv(), *(environment.version(name) for name in names))
    on_gpu = (backends.gpu(), environment.version("triton")) if backend == "torch" and device != "cpu" else ()
    depends_on = measurement.dependencies(versions, backend, device, on_gpu, stages.COMPUTE_FLOW.version)
    file, arguments = memory_file(cache_root), (backend, device)
    return measurement.find(file, fingerprint.__name__, arguments, depends_on, _build, remember) or ""


def memory_file(cache_root: Path) -> Path:
    """Return the file of the cache that holds the digests of all machines that used it."""
    return stages.COMPUTE_FLOW.parent(cache_root) / "rounding.json"


def _build(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("it is no text")
    return value
