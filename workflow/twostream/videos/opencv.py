"""OpenCV as this program needs it: quiet and on one thread.

Whatever resizes or computes flow or crops frames calls `configure` first, in the process that does the work.
"""

import os

import cv2

SILENT = 0
"""OpenCV's level of logging at which it says nothing."""


def configure() -> None:
    """Set the options of OpenCV in this process; cheap enough to call for every video."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        getattr(cv2.utils, "logging", cv2).setLogLevel(SILENT)  # OpenCV 4.11 has it in cv2 itself.
    # Videos are worked on in parallel: OpenCV's own threads would fight over the cores, and die in a fork.
    cv2.setNumThreads(1)
