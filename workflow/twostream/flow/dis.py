"""Dense Inverse Search, by OpenCV: another algorithm than TV-L1, many times as fast.

Source: Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", 2016.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import cv2

from twostream.flow.parameters import Flow, Grey
from twostream.videos.opencv import configure

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


def solve(greys: Iterator[Grey], settings: Mapping[str, Any]) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each grey frame (height, width) to the next.

    `settings` are those of the section `flow.dis`.
    """
    configure()
    algorithm = cv2.DISOpticalFlow_create(PRESETS[settings["preset"]])
    for before, after in pairwise(greys):
        yield algorithm.calc(before, after, None).transpose(2, 0, 1)
