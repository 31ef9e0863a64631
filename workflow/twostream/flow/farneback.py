"""Flow by polynomial expansion, by OpenCV: another algorithm than TV-L1, many times as fast.

Source: Farneback, "Two-Frame Motion Estimation Based on Polynomial Expansion", 2003.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import cv2

from twostream.flow.parameters import Flow, Grey
from twostream.videos.opencv import configure


def solve(greys: Iterator[Grey], settings: Mapping[str, Any]) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) to the next.

    `settings` are those of the section `flow.farneback`.
    """
    configure()
    algorithm = cv2.FarnebackOpticalFlow_create(
        numLevels=settings["levels"],
        pyrScale=settings["scale_step"],
        fastPyramids=False,
        winSize=settings["window"],
        numIters=settings["iterations"],
        polyN=settings["poly_n"],
        polySigma=settings["poly_sigma"],
        flags=0,
    )
    for before, after in pairwise(greys):
        yield algorithm.calc(before, after, None).transpose(2, 0, 1)
