"""Videos as they come from outside: counted, judged, and decoded once, frame by frame."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.cache import keys
from twostream.videos.index import Probe

Image = NDArray[np.uint8]

LOST_FRAMES_ALLOWED = 0.05
"""Containers are off by a frame or two; a file cut short is off by far more."""

# A video file may be a playlist in disguise: FFmpeg is to open files and nothing else.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "protocol_whitelist;file"
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
# Videos run in parallel: OpenCV's own threads would fight over the cores.
cv2.setNumThreads(1)


def probe(path: Path) -> Probe:
    """Decode every frame of the video at `path` and say what it holds or what is wrong with it."""
    try:
        digest = content_digest(path)
        if not path.stat().st_size:
            return Probe(digest, reason="the file is empty")
        return _judge(path, digest)
    except OSError as error:
        return Probe("", reason=f"cannot be read: {error.strerror or error}")


def content_digest(path: Path) -> str:
    """The SHA-256 of the file's bytes, 16 hexadecimal digits."""
    return keys.file_digest(path, 16)


def decode(path: Path, short_side: int | None) -> Iterator[Image]:
    """Yield the frames (height, width, 3), BGR, the shorter side scaled to `short_side` pixels.

    Every frame has the size of the first one, also where the size changes within the video.
    """
    size: tuple[int, int] | None = None
    with _opened(path) as capture:
        while True:
            good, frame = capture.read()
            if not good:
                return
            size = size or scaled_size(frame.shape[1], frame.shape[0], short_side)
            yield resize(frame, size)


def scaled_size(width: int, height: int, short_side: int | None) -> tuple[int, int]:
    """(width, height) with the shorter side at `short_side` and the aspect ratio kept."""
    if short_side is None:
        return width, height
    scale = short_side / min(width, height)
    return round(width * scale), round(height * scale)


def resize(frame: Image, size: tuple[int, int]) -> Image:
    """`frame` at `size` (width, height): area-averaged where it shrinks, else bilinear."""
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    shrinks = size[0] < frame.shape[1]
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _judge(path: Path, digest: str) -> Probe:
    with _opened(path) as capture:
        if not capture.isOpened():
            return Probe(digest, reason="not a video that FFmpeg can open, or cut short")
        promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        frames = sum(1 for _ in iter(capture.grab, False))
    return Probe(digest, frames, width, height, round(fps, 3), _fault(frames, promised))


def _fault(frames: int, promised: int) -> str:
    if frames == 0:
        return "no frame can be decoded"
    if frames == 1:
        return "a single frame: flow needs two"
    if frames < promised * (1 - LOST_FRAMES_ALLOWED) - 1:
        return f"cut short: {frames} of the {promised} frames it promises can be decoded"
    return ""


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        yield capture
    finally:
        capture.release()
