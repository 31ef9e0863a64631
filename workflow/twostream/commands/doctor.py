"""Say what is installed here, what it runs on, and which flow backends work; or check a data set."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream import text
from twostream.cache import environment
from twostream.compute import workers
from twostream.errors import InputError
from twostream.flow import backends

SIDE, SHIFT = 64, 2
"""Pixels: of a square scene, and how far all of it moves to the right."""
TOLERANCE = 0.25
"""Pixels by which the flow of that scene may be wrong in the middle."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the self-test, and the data set to check."""
    parser.add_argument("--gpu", action="store_true", help="measure flow, loader and networks, for at most 90 s")
    parser.add_argument("--dry", action="store_true", help="with --gpu: try all of it but the GPU, on a small scale")
    parser.add_argument("--dataset", type=Path, metavar="YAML", help="check the data set of this configuration instead")
    parser.add_argument("--clips", type=Path, help="with --gpu: a folder of videos, or .npz of frames, for the flow")


def main(arguments: argparse.Namespace) -> None:
    """Print packages, cores, GPUs and backends but raft, which needs a file of weights.

    Or print the self-test's figures, or what is found of a data set.
    """
    if arguments.dataset:
        _check_dataset(arguments.dataset)
        return
    if arguments.gpu:
        _test_gpu(arguments.dry, arguments.clips)
        return
    if arguments.dry or arguments.clips:
        raise InputError("--dry and --clips", "belong to the self-test", "add --gpu")
    rows = [["python", platform.python_version()]]
    rows += [[name, environment.version(name) or "not installed"] for name in environment.DISTRIBUTIONS]
    rows += [["cores", f"{workers.cores(os.cpu_count() or 1)} of {os.cpu_count()}"], ["CUDA", _cuda()]]
    rows += [[f"flow backend {name}", _health(name)] for name in backends.NAMES if name != "raft"]
    rows += [["flow backend auto", f"is {backends.resolve('auto')} here"]]
    print(text.table(rows))


def _check_dataset(configfile: Path) -> None:
    """Print what is found of the data set of `configfile`; end with the status 1 where something is wrong with it."""
    from twostream.commands import _dataset_check

    findings = _dataset_check.findings(configfile)
    print(text.table([[finding.check, finding.verdict, finding.words] for finding in findings]))
    if any(finding.verdict == _dataset_check.WRONG for finding in findings):
        sys.exit(1)


def _test_gpu(is_dry: bool, clips: Path | None) -> None:
    """Print what the self-test measures, a table and a line of JSON; end with the status 1 where a part failed."""
    from twostream.bench import _self_test as self_test

    began = time.monotonic()
    figures = self_test.measure(is_dry, clips)
    errors = self_test.errors(figures)
    print(self_test.table(figures))
    if is_dry:
        print(f"skipped: {self_test.SKIPPED_DRY}")
    line = {"dry": is_dry, "seconds": round(time.monotonic() - began, 1), "errors": errors, **figures}
    print(json.dumps(line), flush=True)
    if errors:
        sys.exit(1)


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
        from twostream.config import check
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
