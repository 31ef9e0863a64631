"""Videos decoded once, frame by frame, at the size that is stored."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.videos import opencv

Image = NDArray[np.uint8]


def decode(path: Path, short_side: int | None) -> Iterator[Image]:
    """Yield the frames (height, width, 3), BGR, the shorter side scaled to `short_side` pixels.

    Every frame has the size of the first one, also where the size changes within the video.
    """
    size: tuple[int, int] | None = None
    with opencv.capture(path) as capture:
        while True:
            good, frame = capture.read()
            if not good:
                return
            size = size or scaled_size(frame.shape[1], frame.shape[0], short_side)
            yield resize(frame, size)


def scaled_size(width: int, height: int, short_side: int | None) -> tuple[int, int]:
    """Return (width, height) with the shorter side at `short_side` and the aspect ratio kept."""
    if short_side is None:
        return width, height
    scale = short_side / min(width, height)
    return round(width * scale), round(height * scale)


def resize(frame: Image, size: tuple[int, int]) -> Image:
    """Return `frame` at `size` (width, height): area-averaged where it shrinks, else bilinear."""
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    shrinks = size[0] < frame.shape[1]
    resized: Image = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized
