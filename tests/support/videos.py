"""Encoded videos to test with."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def moving_dots(frames: int, width: int = 64, height: int = 48, step: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """Frames (height, width, 3) of a smooth random texture that moves right by `step` pixels a frame."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (height, 4 * width, 3)).astype(np.float32), (0, 0), 2)
    wide = cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX)
    for t in range(frames):
        shift = np.array([[1, 0, t * step - 2 * width], [0, 1, 0]], np.float32)
        yield cv2.warpAffine(wide, shift, (width, height)).astype(np.uint8)


def encode(path: Path, frames: Iterator[NDArray[np.uint8]], codec: str = "XVID", fps: float = 25) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = list(frames)
    size = (pictures[0].shape[1], pictures[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size)
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path
