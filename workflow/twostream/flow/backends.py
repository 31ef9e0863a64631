"""Optical flow and its eight-bit form.

Flow is in pixels a frame, x to the right and y downwards, at the size it is computed at.
"""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.flow import opencv
from twostream.flow.opencv import TVL1, Flow, Grey

Image = NDArray[np.uint8]
Solver = Callable[[Iterator[Grey], TVL1], Iterator[Flow]]


def compute(frames: Iterator[Image], parameters: TVL1, solver: Solver = opencv.solve) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each BGR frame to the next."""
    return solver((_grey(frame) for frame in frames), parameters)


def solver(backend: str, device: str = "auto", batch: int = 32) -> Solver:
    """The solver called `backend`: opencv, fused or torch, of which only the last uses `device` and `batch`.

    A backend's own libraries are imported here and nowhere else.
    """
    if backend == "fused":
        from twostream.flow import fused

        return fused.solve
    if backend == "torch":
        from twostream.flow import pytorch

        return partial(pytorch.solve, device=device, batch=batch)
    return opencv.solve


def resolve(backend: str) -> str:
    """`backend`, or for `auto` the fastest one here: torch where there is CUDA, else fused."""
    if backend != "auto":
        return backend
    return "torch" if _cuda_devices() else "fused"


def quantise(flow: Flow, bound: float) -> NDArray[np.uint8]:
    """round(clip(flow, -bound, bound) * 127 / bound) + 128: zero is 128, the ends are 1 and 255."""
    return (np.rint(np.clip(flow, -bound, bound) * (127 / bound)) + 128).astype(np.uint8)


def dequantise(stored: NDArray[np.uint8], bound: float) -> Flow:
    """Pixels a frame again, within bound / 254 of what was stored; 128 comes back as exactly 0."""
    return (stored.astype(np.float32) - 128) * np.float32(bound / 127)


def _grey(frame: Image) -> Grey:
    height, width = frame.shape[:2]
    if min(height, width) < opencv.SMALLEST_SIDE:
        raise InputError(
            f"frames of {width} x {height} pixels are too small for TV-L1, which needs {opencv.SMALLEST_SIDE} x "
            f"{opencv.SMALLEST_SIDE}: set flow.short_side to {opencv.SMALLEST_SIDE} or more"
        )
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def _cuda_devices() -> int:
    """CUDA devices that the driver offers to this process; torch would take seconds to tell."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    return 0 if failed else count.value
