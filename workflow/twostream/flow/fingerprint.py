"""A digest of the flow that a backend computes here of three small frames: it is in the key of `compute_flow`.

The bits of flow depend on the versions of the libraries and on the processor or GPU, and TV-L1 amplifies a bit to whole
pixels. The number of a version would not do: it may change where no bit does, and stay where some do. Importing this
module loads no backend; `python -m twostream.flow.fingerprint BACKEND DEVICE` prints the digest as JSON.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream import console
from twostream.cache import environment, keys
from twostream.errors import InputError
from twostream.flow import backends

HEIGHT, WIDTH, FRAMES = 50, 67, 3
"""Pixels and number of the frames: enough for five levels, and no multiple of what a processor takes at once."""

SETTINGS = {
    "tvl1": {
        **{"tau": 0.25, "lambda": 0.15, "theta": 0.3, "epsilon": 0.01, "scales": 5, "scale_step": 0.8},
        **{"warps": 2, "inner_iterations": 7, "outer_iterations": 4, "median_filter": 5},
    },
    "dis": {"preset": "medium"},
    "farneback": {
        **{"levels": 5, "scale_step": 0.5, "window": 13, "iterations": 10},
        **{"poly_n": 5, "poly_sigma": 1.1},
    },
}
"""Settings of the digest: OpenCV's defaults, with fewer iterations of TV-L1 and the preset of DIS that does most."""
RAFT_VERSION = 2
"""The version of how RAFT is called here: it is raised where flow changes for equal libraries and weights."""


def describe(settings: Mapping[str, Any], device: str = "auto") -> str:
    """Return a text that decides the bits of flow by `settings`, the section `flow`.

    It is the digest of a backend and, of raft, its libraries and weights. The last bits of a network differ by device
    and by batch too, but these are in no key of a network.
    """
    return describe_raft(settings["raft"]) if settings["backend"] == "raft" else take(settings["backend"], device)


@cache
def of_process(settings: str, device: str) -> str:
    """Do as `describe`, of `settings` in JSON, once for this process: workers of a cluster live long."""
    return describe(json.loads(settings), device)


def describe_raft(settings: Mapping[str, Any]) -> str:
    """Return the versions of the libraries and the digest of the weights of `settings`, the section `flow.raft`.

    It is empty where a library is missing; InputError where the file of weights is.
    """
    versions = [environment.version(name) for name in ("torch", "torchvision")]
    weights = Path(settings["weights"])
    if not weights.is_file():
        raise InputError(f"flow.raft.weights: {weights}", "is not a file", "set it to a file of weights")
    if None in versions:
        return ""
    libraries = f"torch {versions[0]}, torchvision {versions[1]}"
    return f"{libraries}, weights {keys.file_digest(weights)}, version {RAFT_VERSION}"


def take(backend: str, device: str = "auto") -> str:
    """Return the digest of the flow that `backend`, any but raft, computes of the frames here."""
    from twostream.flow.compute import load

    digest = hashlib.sha256()
    for flow in load({**SETTINGS, "backend": backend}, device, FRAMES - 1)(frames()):
        digest.update(flow.tobytes())
    return digest.hexdigest()[:12]


def check(planned: str, measured: str) -> None:
    """Raise InputError where this machine computes other flow than the one that `planned` the run."""
    if planned and planned != measured:
        raise InputError(
            "the flow backend",
            f"it gives other flow here ({measured}) than where the run was planned ({planned})",
            "run the workflow on machines with one kind of processor or GPU and the same versions of the libraries",
        )


def frames() -> Iterator[NDArray[np.uint8]]:
    """Yield the frames (HEIGHT, WIDTH, 3), grey: moving parabolas, with edges where they overflow a byte."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for t in range(FRAMES):
        grey = ((x + t) * (x + 2 * t) // 7 + (y - t) * (y + x) // 5).astype(np.uint8)
        yield np.stack([grey] * 3, axis=2)


def main() -> None:
    """Print the digest of the backend that the arguments name, on the device that they name, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m twostream.flow.fingerprint")
    parser.add_argument("backend", choices=[name for name in backends.NAMES if name != "raft"])
    parser.add_argument("device", nargs="?", choices=["auto", "cpu", "cuda"], default="auto")
    print(json.dumps(take(**vars(parser.parse_args()))))


if __name__ == "__main__":
    console.run(main)
