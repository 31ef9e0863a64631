"""Which flow backends there are, and which one `auto` stands for here.

Importing this module loads neither OpenCV nor Numba nor torch, so that a plan can be made without them.
"""

import ctypes
from contextlib import suppress

TVL1 = ("opencv", "fused", "torch")
"""The backends that compute TV-L1."""

NAMES = (*TVL1, "dis", "farneback", "raft")
"""The backends that `flow.backend` can name; each is a module of this package (`torch` is `pytorch`)."""

IN_TORCH = ("torch", "raft")
"""The backends that run on a GPU where there is one."""


def section(backend: str) -> str:
    """Return the section of `flow` that has the parameters of `backend`."""
    return "tvl1" if backend in TVL1 else backend


def resolve(backend: str) -> str:
    """Return `backend`, or for `auto` the fastest one here: torch where there is CUDA, else fused."""
    if backend != "auto":
        return backend
    return "torch" if _cuda_devices() else "fused"


def gpu() -> str:
    """Return the name of the first CUDA device that the driver offers, or an empty text."""
    if not _cuda_devices():
        return ""
    name, device = ctypes.create_string_buffer(256), ctypes.c_int(0)
    with suppress(OSError):
        driver = ctypes.CDLL("libcuda.so.1")
        if not (driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceGetName(name, len(name), device)):
            return name.value.decode(errors="replace")
    return "a CUDA device"


def _cuda_devices() -> int:
    """Return how many CUDA devices the driver offers to this process; asking torch would take seconds."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    return 0 if failed else count.value
