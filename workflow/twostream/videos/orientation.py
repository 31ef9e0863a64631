"""How a frame is turned and mirrored before it is shown, as its display matrix says.

The matrix is three rows of three numbers, of which m[0], m[1], m[3] and m[4] turn and mirror. The filters are those
that the program `ffmpeg` puts in front of all others.
"""

import math
from collections.abc import Sequence

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

Filter = tuple[str, str]
"""A filter of libavfilter and its arguments."""

TOLERANCE = 1.0
"""Degrees by which an angle may miss a quarter turn."""


def of_frame(frame: VideoFrame) -> tuple[Filter, ...]:
    """Return the filters that bring `frame` into the orientation in which it is shown."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return filters(np.frombuffer(bytes(matrix), np.int32).tolist()) if isinstance(matrix, SideData) else ()


def filters(matrix: Sequence[int]) -> tuple[Filter, ...]:
    """Return the filters for a display matrix of nine numbers."""
    angle = _angle(matrix)
    if _is_near(angle, 90):
        return (("transpose", "cclock_flip" if matrix[3] > 0 else "clock"),)
    if _is_near(angle, 270):
        return (("transpose", "clock_flip" if matrix[3] < 0 else "cclock"),)
    if _is_near(angle, 180):
        mirrors = (("hflip", ""), matrix[0] < 0), (("vflip", ""), matrix[4] < 0)
        return tuple(mirror for mirror, is_needed in mirrors if is_needed)
    if abs(angle) > TOLERANCE:
        return (("rotate", f"{angle:f}*PI/180"),)
    return (("vflip", ""),) if matrix[4] < 0 else ()


def swaps_sides(turns: Sequence[Filter]) -> bool:
    """Return whether `turns` make the width the height."""
    return any(name == "transpose" for name, _ in turns)


def _angle(matrix: Sequence[int]) -> float:
    """Return the clockwise angle in degrees, -36 < angle < 324 as ffmpeg has it; 0 for a matrix that has none."""
    across, along = math.hypot(matrix[0], matrix[3]), math.hypot(matrix[1], matrix[4])
    if not across or not along:
        return 0.0
    angle = float(round(math.degrees(math.atan2(matrix[1] / along, matrix[0] / across))))
    return angle - 360 * math.floor(angle / 360 + 0.9 / 360)


def _is_near(angle: float, quarter: int) -> bool:
    return abs(angle - quarter) < TOLERANCE
