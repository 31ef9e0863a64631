"""Videos written as files that are whole or not there."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.files import atomic


def write_video(path: Path, frames: Iterator[NDArray[np.uint8]], codec: str, fps: float) -> None:
    """Encode `frames` (height, width, 3), BGR, all of one size, by the four letters of a `codec` of FFmpeg."""
    first = next(frames)
    height, width = first.shape[:2]
    # FFmpeg knows the container by the suffix.
    with atomic.replacing_by_name(path) as encoded:
        writer = cv2.VideoWriter(str(encoded), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, (width, height))
        if not writer.isOpened():
            problem = f"this OpenCV cannot encode {codec} video in such a file"
            raise InputError(path, problem, "install opencv-contrib-python-headless")
        for frame in chain([first], frames):
            writer.write(frame)
        writer.release()
