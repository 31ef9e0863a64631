"""What a frame is as pixels; it loads no decoder."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A frame (height, width, 3), BGR."""


def rgb_planes(frame: Image) -> Image:
    """Return a view of `frame` as it is stored: RGB, (3, height, width)."""
    return frame[..., ::-1].transpose(2, 0, 1)
