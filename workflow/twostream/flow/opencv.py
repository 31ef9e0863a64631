"""OpenCV's own TV-L1 solver, to which the other backends are compared."""

from collections.abc import Iterator
from itertools import pairwise

import cv2

from twostream.errors import InputError
from twostream.flow.parameters import TVL1, Flow, Grey, level_sizes
from twostream.videos.opencv import configure


def solve(greys: Iterator[Grey], tvl1: TVL1) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) to the next, by OpenCV."""
    configure()
    algorithm = create(tvl1)
    for before, after in pairwise(greys):
        # OpenCV ends the pyramid by itself, but fails if a level has no pixels at all.
        algorithm.setScalesNumber(len(level_sizes(before.shape, tvl1)))
        yield algorithm.calc(before, after, None).transpose(2, 0, 1)


def create(tvl1: TVL1) -> "cv2.optflow.DualTVL1OpticalFlow":
    """Return OpenCV's algorithm with these parameters, without the illumination term (gamma = 0).

    InputError where OpenCV was installed without its contributed modules.
    """
    if not hasattr(cv2, "optflow"):
        remedy = "install opencv-contrib-python-headless in its place, or set it to fused, which gives the same flow"
        raise InputError("flow.backend", "is opencv, and the OpenCV here has no optflow", remedy)
    return cv2.optflow.DualTVL1OpticalFlow_create(
        tau=tvl1.tau,
        lambda_=tvl1.lambda_,
        theta=tvl1.theta,
        nscales=tvl1.scales,
        warps=tvl1.warps,
        epsilon=tvl1.epsilon,
        innnerIterations=tvl1.inner_iterations,
        outerIterations=tvl1.outer_iterations,
        scaleStep=tvl1.scale_step,
        gamma=0.0,
        medianFiltering=tvl1.median_filter,
        useInitialFlow=False,
    )
