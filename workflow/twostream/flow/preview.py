"""Pictures of flow: the frame, the flow in colours, and u and v as they are stored, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow.colour import colour_key, colours, disk
from twostream.flow.compute import Engine
from twostream.flow.parameters import Flow
from twostream.flow.quantise import quantise
from twostream.videos import decode, probe
from twostream.videos.encode import write_video
from twostream.videos.image import Image

GAP = 8
CAPTION = 26
KEY = 56
"""Pixels between panels, of the height of a line of text, and of the disk that explains the colours."""

SHOWN_FULL = 99.5
"""Per cent of the pixels whose flow is at most as long as the flow in full colour."""


@dataclass(frozen=True)
class Pair:
    """A frame (height, width, 3), BGR, the flow from it to the next, and its number in the video."""

    number: int
    frame: Image
    flow: Flow


def pairs(path: Path, short_side: int | None, engine: Engine) -> Iterator[Pair]:
    """Yield every pair of the video at `path`, one after the other."""
    frames = decode.decode(path, short_side)
    first_frames: list[Image] = []

    def remembered_frames() -> Iterator[Image]:
        for frame in frames:
            first_frames.append(frame)
            yield frame

    for number, field in enumerate(engine(remembered_frames())):
        yield Pair(number, first_frames.pop(0), field)


def some_pairs(path: Path, short_side: int | None, count: int, engine: Engine) -> list[Pair]:
    """Return `count` pairs at even distances in the video at `path`."""
    video = probe.probe(path)
    if video.reason:
        raise InputError(path, video.reason, "choose another video")
    numbers = {round(number) for number in np.linspace(0, video.frames - 2, min(count, video.frames - 1))}
    chosen, before = [], np.empty(0, np.uint8)
    for number, frame in enumerate(decode.decode(path, short_side)):
        if number - 1 in numbers:
            (field,) = engine(iter([before, frame]))
            chosen.append(Pair(number - 1, before, field))
        before = frame
    return chosen


def longest(pairs: Sequence[Pair]) -> float:
    """Return the pixels a frame from which on flow is shown in full colour."""
    lengths = np.concatenate([np.hypot(*pair.flow).ravel() for pair in pairs])
    return max(1.0, float(np.percentile(lengths, SHOWN_FULL)))


def draw(pairs: Sequence[Pair], bound: float, full: float) -> Image:
    """Return the picture, BGR, with a row of panels a pair."""
    width = pairs[0].frame.shape[1]
    titles = ["frame", f"flow, full colour at {full:.1f} px", f"u, -{bound:g} to {bound:g} px", "v"]
    rows = [np.hstack([_caption(title, width) for title in titles]), *(_row(pair, bound, full) for pair in pairs)]
    return np.vstack(rows)


def write_picture(path: Path, picture: Image) -> None:
    """Write `picture`, BGR, as PNG."""
    with atomic.replacing(path) as beside:
        beside.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def write_film(path: Path, pictures: Iterator[Image], fps: float) -> None:
    """Encode `pictures`, which are all of one size, as MPEG-4, cut to the even number of pixels that it needs."""
    even = (np.ascontiguousarray(picture[: len(picture) // 2 * 2, : picture.shape[1] // 2 * 2]) for picture in pictures)
    write_video(path, even, "mp4v", fps)


def _row(pair: Pair, bound: float, full: float) -> Image:
    """Return the panels of a pair side by side, with the disk that explains the colours in a corner."""
    coloured = colours(pair.flow, full)[..., ::-1].copy()
    size = min(KEY, *(side // 3 for side in coloured.shape[:2]))
    corner = coloured[-size:, -size:]
    corner[:] = np.where(disk(size), colour_key(size)[..., ::-1], corner)
    stored = [cv2.cvtColor(part, cv2.COLOR_GRAY2BGR) for part in quantise(pair.flow, bound)]
    frame = pair.frame.copy()
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(frame, str(pair.number), (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return np.hstack([_framed(panel) for panel in (frame, coloured, *stored)])


def _framed(panel: Image) -> Image:
    """Return `panel` with white gaps beside and below it."""
    white = (255, 255, 255)
    bordered: Image = cv2.copyMakeBorder(panel, 0, GAP, GAP // 2, GAP - GAP // 2, cv2.BORDER_CONSTANT, value=white)
    return bordered


def _caption(text: str, width: int) -> Image:
    """Return a line of `text` over a panel of this width, in smaller letters if it is too long."""
    line = np.full((CAPTION, width + GAP, 3), 255, np.uint8)
    scale = 0.5
    while scale > 0.25 and cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0] > width:
        scale -= 0.05
    cv2.putText(line, text, (GAP // 2, 18), cv2.FONT_HERSHEY_SIMPLEX, scale, (40, 40, 40), 1, cv2.LINE_AA)
    return line
