"""From colour frames to flow, by any backend."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import cv2

from twostream.errors import InputError
from twostream.flow import backends
from twostream.flow.parameters import SMALLEST_SIDE, TVL1, Flow, Grey, Solver
from twostream.flow.quantise import Stored, quantise
from twostream.flow.shared import SharedSolver
from twostream.videos.image import Image

Engine = Callable[[Iterator[Image]], Iterator[Flow]]
"""Yields the flow (2, height, width) from each BGR frame (height, width, 3) to the next."""


def compute(frames: Iterator[Image], parameters: TVL1, solver: Solver) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each BGR frame (height, width, 3) to the next."""
    return solver((_grey(frame) for frame in frames), parameters)


def compute_stored(
    frames: Iterator[Image], settings: Mapping[str, Any], device: str = "auto", batch: int = 32
) -> Iterator[Stored]:
    """Yield the flow (2, height, width) from each BGR frame to the next by `settings`, the section `flow`, quantised.

    Videos whose flow torch computes in several threads of this process share its batches, of `batch` pairs.
    """
    bound = settings["bound"]
    if settings["backend"] == "torch":
        parameters = TVL1.from_settings(settings["tvl1"])
        return _shared_solver(parameters, bound, device, batch).solve(_grey(frame) for frame in frames)
    return (quantise(field, bound) for field in load(settings, device, batch)(frames))


def load(settings: Mapping[str, Any], device: str = "auto", batch: int = 32) -> Engine:
    """Import the libraries of the backend in `settings`, the section `flow`, and return what computes flow by them.

    Only torch and raft use `device` and `batch`, the number of pairs they take at once.
    """
    backend = settings["backend"]
    if backend in backends.TVL1:
        parameters, solver = TVL1.from_settings(settings["tvl1"]), load_solver(backend, device, batch)
        return lambda frames: compute(frames, parameters, solver)
    if backend == "raft":
        from twostream.flow import raft

        return partial(raft.solve, settings=settings["raft"], device=device, batch=batch)
    if backend == "dis":
        from twostream.flow import dis

        return lambda frames: dis.solve(map(_grey, frames), settings["dis"])
    if backend == "farneback":
        from twostream.flow import farneback

        return lambda frames: farneback.solve(map(_grey, frames), settings["farneback"])
    raise ValueError(f"no backend {backend}")


def load_solver(backend: str, device: str = "auto", batch: int = 32) -> Solver:
    """Import the libraries of `backend`, one of `backends.TVL1`, and return its solver.

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


@cache
def _shared_solver(parameters: TVL1, bound: float, device: str, batch: int) -> SharedSolver:
    from twostream.flow import pytorch

    solver = partial(pytorch.solve_quantised, tvl1=parameters, bound=bound, device=device, batch=batch)
    return SharedSolver(solver, batch)


def _grey(frame: Image) -> Grey:
    height, width = frame.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            "flow.short_side",
            f"frames of {width} x {height} pixels are too small, flow needs {SMALLEST_SIDE} x {SMALLEST_SIDE}",
            f"set it to {SMALLEST_SIDE} or more",
        )
    grey: Grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return grey
