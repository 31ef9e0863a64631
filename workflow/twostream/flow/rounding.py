"""How this machine's flow backend rounds, for planning: measured by another process, and remembered in the cache."""

from pathlib import Path
from typing import Any

from twostream.cache import environment, measurement, stages
from twostream.flow import backends, fingerprint

LIBRARIES = {"opencv": (), "fused": ("numba",), "torch": ("torch",)}
"""The distributions besides OpenCV and NumPy with which a backend computes."""


def find(cache_root: Path, backend: str, device: str, remember: bool = False) -> str:
    """Return the digest of the reference flow of `backend`, remembered in the cache or new; with `remember`, noted.

    It is empty where this Python cannot compute it. `device` is the setting of `compute`.
    """
    names = ("numpy", *LIBRARIES[backend])
    versions = (environment.opencv(), *(environment.version(name) for name in names))
    gpu = backends.gpu() if backend == "torch" and device != "cpu" else ""
    depends_on = measurement.dependencies(versions, backend, device, gpu, stages.COMPUTE_FLOW.version)
    file, arguments = memory_file(cache_root), (backend, device)
    return measurement.find(file, fingerprint.__name__, arguments, depends_on, _build, remember) or ""


def memory_file(cache_root: Path) -> Path:
    """Return the file of the cache that holds the digests of all machines that used it."""
    return stages.COMPUTE_FLOW.parent(cache_root) / "rounding.json"


def _build(taken: Any) -> str:
    if not isinstance(taken, str):
        raise TypeError("it is no text")
    return taken
