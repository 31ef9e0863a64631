"""What this machine's flow backend makes of three small frames, as a digest: it is in the key of `compute_flow`.

The bits of flow depend on the versions of the libraries and on the processor or GPU, and TV-L1 makes pixels of single
bits. A version number would change where no bit does, and stay where some do. Importing this module loads no backend;
`python -m twostream.flow.fingerprint BACKEND DEVICE` prints the digest as JSON.
"""

import hashlib
import json
import sys
from collections.abc import Iterator

import numpy as np

from twostream.errors import InputError
from twostream.flow.parameters import TVL1, Grey

HEIGHT, WIDTH, FRAMES = 50, 67, 3
"""Of the reference: all five levels of the pyramid, and no multiple of what a processor takes at once."""

PARAMETERS = TVL1(
    tau=0.25,
    lambda_=0.15,
    theta=0.3,
    scales=5,
    scale_step=0.8,
    warps=2,
    epsilon=0.01,
    inner_iterations=7,
    outer_iterations=4,
    median_filter=5,
)
"""OpenCV's defaults, but for the numbers of warps and of iterations."""


def take(backend: str, device: str = "auto") -> str:
    """Compute the reference's flow with `backend` and return its digest."""
    from twostream.flow.compute import load_solver

    digest = hashlib.sha256()
    for flow in load_solver(backend, device, FRAMES - 1)(frames(), PARAMETERS):
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


def frames() -> Iterator[Grey]:
    """Yield the grey frames of the reference, moving parabolas with edges where they overflow a byte."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for t in range(FRAMES):
        yield ((x + t) * (x + 2 * t) // 7 + (y - t) * (y + x) // 5).astype(np.uint8)


if __name__ == "__main__":
    print(json.dumps(take(*sys.argv[1:])))
