"""OpenCV as this program needs it: quiet, on one thread, and opening files only.

Whatever opens a video, computes flow or crops frames calls `configure` first, in the process that does the work.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2


def configure() -> None:
    """Set the options of OpenCV and its FFmpeg in this process; cheap enough to call for every video."""
    # A video file may be a playlist in disguise: FFmpeg must open files and nothing else.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "protocol_whitelist;file"
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Videos are worked on in parallel: OpenCV's own threads would fight over the cores, and die in a fork.
    cv2.setNumThreads(1)


@contextmanager
def capture(path: Path) -> Iterator[cv2.VideoCapture]:
    """Open the video at `path` for decoding; `isOpened()` of what is yielded tells whether FFmpeg can."""
    configure()
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        yield video
    finally:
        video.release()
