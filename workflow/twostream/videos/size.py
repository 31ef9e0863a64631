"""The size at which a video is stored. This module imports no OpenCV, so that planning can read it."""


def scaled_size(width: int, height: int, short_side: int | None) -> tuple[int, int]:
    """Return (width, height) with the shorter side at `short_side` and the aspect ratio kept."""
    if short_side is None:
        return width, height
    scale = short_side / min(width, height)
    return round(width * scale), round(height * scale)
