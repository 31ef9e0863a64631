"""What a frame is as pixels; it loads no decoder."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A frame (height, width, 3), BGR."""
