"""From colour frames to flow, by any backend."""

from collections.abc import Iterator
from functools import partial

import cv2

from twostream.errors import InputError
from twostream.flow.parameters import SMALLEST_SIDE, TVL1, Flow, Grey, Solver
from twostream.videos.picture import Image


def compute(frames: Iterator[Image], parameters: TVL1, solver: Solver) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each BGR frame (height, width, 3) to the next."""
    return solver((_grey(frame) for frame in frames), parameters)


def load_solver(backend: str, device: str = "auto", batch: int = 32) -> Solver:
    """Import the libraries of `backend`, one of `backends.NAMES`, and return its solver.

    Only torch uses `device` and `batch`, the number of pairs it takes at once.
    """
    if backend == "opencv":
        from twostream.flow import opencv

        return opencv.solve
    if backend == "fused":
        from twostream.flow import fused

        return fused.solve
    if backend == "torch":
        from twostream.flow import pytorch

        return partial(pytorch.solve, device=device, batch=batch)
    raise ValueError(f"no solver for {backend}")


def _grey(frame: Image) -> Grey:
    height, width = frame.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            "flow.short_side",
            f"frames of {width} x {height} pixels are too small, TV-L1 needs {SMALLEST_SIDE} x {SMALLEST_SIDE}",
            f"set it to {SMALLEST_SIDE} or more",
        )
    grey: Grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return grey
