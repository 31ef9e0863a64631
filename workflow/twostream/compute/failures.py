"""What the user can do where torch fails for want of memory, of shared memory or of a compiler."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from twostream.errors import RERUN, InputError

NO_MEMORY = ("DefaultCPUAllocator", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
NO_COMPILER = ("InvalidCxxCompiler", "TritonMissing", "working triton")
NO_SHARED_MEMORY = ("unable to allocate shared memory", "unable to mmap", "Bus error", "No space left on device")
KILLED_WORKER = ("DataLoader worker",)
"""Parts of torch's messages; the errors themselves are plain RuntimeErrors."""


@contextmanager
def explain_failures(remedy: str) -> Iterator[None]:
    """Raise InputError where torch fails for a reason that the user can mend; `remedy` is that for too little memory.

    Every other error passes.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        explanation = _explanation(error, remedy)
        if explanation is None:
            raise
        raise explanation from error


def _explanation(error: Exception, remedy: str) -> InputError | None:
    """Return the line that names `error` to the user; None for an error that is none of the known ones."""
    message = f"{type(error).__name__} {error}"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _has(message, NO_MEMORY):
        return InputError("the network", "does not fit into memory", remedy)
    if _has(message, NO_SHARED_MEMORY):
        problem = "too small for the batches of the loader's processes"
        return InputError(
            "/dev/shm",
            problem,
            "lower compute.loader_workers, or make it larger (a container: docker run --shm-size=8g)",
        )
    if _has(message, NO_COMPILER):
        return InputError("compute.compile", "is true, and torch finds no compiler", "set it to false, or install g++")
    if _has(message, KILLED_WORKER):
        problem = "a process of it was killed, most often for want of memory"
        return InputError("the loader", problem, f"lower compute.loader_workers, and {RERUN} to go on")
    return None


def _has(message: str, parts: tuple[str, ...]) -> bool:
    return any(part in message for part in parts)
