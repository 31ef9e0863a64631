"""Say what is installed here, what it runs on, and which flow backends work."""

import argparse
import os
import platform

import numpy as np
from numpy.typing import NDArray

from twostream import text
from twostream.cache import environment
from twostream.compute import workers
from twostream.config import check
from twostream.flow import backends

SIDE, SHIFT = 64, 2
"""Pixels: of a square scene, and how far all of it moves to the right."""
TOLERANCE = 0.25
"""Pixels by which the flow of that scene may be wrong in the middle."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the doctor takes no arguments."""


def main(arguments: argparse.Namespace) -> None:
    """Print a table: packages, cores, GPUs, backends; raft is left out, which needs a file of weights."""
    rows = [["python", platform.python_version()]]
    rows += [[name, environment.version(name) or "not installed"] for name in environment.DISTRIBUTIONS]
    rows += [["cores", f"{workers.cores(os.cpu_count() or 1)} of {os.cpu_count()}"], ["CUDA", _cuda()]]
    rows += [[f"flow backend {name}", _health(name)] for name in backends.NAMES if name != "raft"]
    rows += [["flow backend auto", f"is {backends.resolve('auto')} here"]]
    print(text.table(rows))


def _cuda() -> str:
    try:
        import torch
    except ImportError:
        return "unknown without torch"
    names = [torch.cuda.get_device_name(device) for device in range(torch.cuda.device_count())]
    return ", ".join(names) or "no device"


def _health(backend: str) -> str:
    """Return whether `backend` measures how far a scene moves."""
    scene = _scene()
    frames = iter([scene, np.roll(scene, SHIFT, axis=1)])
    try:
        from twostream.flow.compute import load

        (flow,) = load(check.check({"flow": {"backend": backend}})["flow"])(frames)
    except Exception as error:  # whatever a missing or broken library raises
        return f"does not work: {type(error).__name__}: {' '.join(str(error).split()):.100}"
    shift = float(np.median(flow[0, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]))
    return "works" if abs(shift - SHIFT) < TOLERANCE else f"is wrong: {shift:.2f} pixels where {SHIFT} are right"


def _scene() -> NDArray[np.uint8]:
    """Return squares of 4 x 4 pixels in random colours: (SIDE, SIDE, 3)."""
    colours = np.random.default_rng(0).integers(0, 255, (SIDE // 4, SIDE // 4, 3))
    return colours.repeat(4, 0).repeat(4, 1).astype(np.uint8)
