"""Say what is installed here, what it runs on, and which flow backends work."""

import argparse
import os
import platform
from collections.abc import Sequence

import numpy as np

from twostream import text
from twostream.cache import environment
from twostream.compute import workers
from twostream.config import check
from twostream.flow import backends
from twostream.flow.parameters import TVL1

SIDE, SHIFT = 64, 2
"""Pixels: of a square scene, and how far all of it moves to the right."""
TOLERANCE = 0.25
"""Pixels that the flow of that scene may be off in the middle."""


def main(arguments: Sequence[str]) -> None:
    argparse.ArgumentParser(prog="twostream doctor", description=__doc__).parse_args(arguments)
    rows = [
        ["python", platform.python_version()],
        *([name, environment.version(name) or "not installed"] for name in environment.DISTRIBUTIONS),
    ]
    rows += [["cores", f"{workers.cores(os.cpu_count() or 1)} of {os.cpu_count()}"], ["CUDA", _cuda()]]
    rows += [[f"flow backend {name}", _health(name)] for name in backends.NAMES]
    rows += [["flow backend auto", f"is {backends.resolve('auto')} here"]]
    print(text.table(rows))


def _installed() -> list[list[str]]:
    return [[name, environment.version(name) or "not installed"] for name in environment.DISTRIBUTIONS]


def _cuda() -> str:
    try:
        import torch
    except ImportError:
        return "unknown without torch"
    names = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
    return ", ".join(names) or "no device"


def _health(backend: str) -> str:
    """Whether `backend` finds how far a scene has moved."""
    wide = (
        np.random.default_rng(0).integers(0, 255, (SIDE // 4, SIDE // 4, 3)).repeat(4, 0).repeat(4, 1).astype(np.uint8)
    )
    frames = iter([wide, np.roll(wide, SHIFT, axis=1)])
    try:
        from twostream.flow.compute import compute, load_solver

        parameters = TVL1.from_settings(check.check({})["flow"]["tvl1"])
        (found,) = compute(frames, parameters, load_solver(backend))
    except Exception as error:  # whatever a missing or broken library does
        return f"does not work: {type(error).__name__}: {' '.join(str(error).split()):.100}"
    moved = float(np.median(found[0, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]))
    return "works" if abs(moved - SHIFT) < TOLERANCE else f"is wrong: {moved:.2f} pixels found where {SHIFT} are right"
