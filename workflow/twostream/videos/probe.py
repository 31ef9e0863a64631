"""What a video file holds, found by decoding it once, and whether it is good enough to use.

Importing this module loads no OpenCV, so that a plan can be made without it.
"""

from dataclasses import dataclass
from pathlib import Path

from twostream.cache import keys

LOST_FRAMES_ALLOWED = 0.05
"""Share of the frames a container announces that may be missing: it is off by one or two, a cut file by many."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What decoding a whole video showed. `reason` says why it cannot be used and is empty for a good video."""

    digest: str
    frames: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    reason: str = ""


def probe(path: Path) -> Probe:
    """Decode every frame of the video at `path` and return what it holds or what is wrong with it."""
    try:
        digest = content_digest(path)
        if not path.stat().st_size:
            return Probe(digest=digest, reason="the file is empty")
        return _decode(path, digest)
    except OSError as error:
        return Probe(digest="", reason=f"cannot be read: {error.strerror or error}")


def content_digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, 16 hexadecimal digits."""
    return keys.file_digest(path, 16)


def _decode(path: Path, digest: str) -> Probe:
    import cv2

    from twostream.videos import opencv

    with opencv.capture(path) as capture:
        if not capture.isOpened():
            return Probe(digest=digest, reason="not a video that FFmpeg can open, or cut short")
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        frames = sum(1 for _ in iter(capture.grab, False))
    return Probe(
        digest=digest, frames=frames, width=width, height=height, fps=round(fps, 3), reason=_fault(frames, announced)
    )


def _fault(frames: int, announced: int) -> str:
    """Return why a video of `frames` decodable frames cannot be used, or an empty text."""
    if frames == 0:
        return "no frame can be decoded"
    if frames == 1:
        return "a single frame: flow needs two"
    if frames < announced * (1 - LOST_FRAMES_ALLOWED) - 1:
        return f"cut short: {frames} of the {announced} frames it promises can be decoded"
    return ""
