"""Pictures of flow: the frame, the flow as colour, and u and v as they are stored, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow import colour as flowcolour
from twostream.flow.compute import compute
from twostream.flow.parameters import TVL1, Flow, Solver
from twostream.flow.quantise import quantise
from twostream.videos import decode, probe
from twostream.videos.decode import Image

GAP = 8
CAPTION = 26
KEY = 56
"""Pixels: between panels, of a line of text, of the disk that explains the colours."""

SHOWN_FULL = 99.5
"""Per cent of the pixels whose flow is not longer than what is shown in full colour."""


@dataclass(frozen=True)
class Pair:
    """A frame (height, width, 3), BGR, the flow from it to the next, and its number in the video."""

    number: int
    frame: Image
    flow: Flow


def pairs(path: Path, short_side: int | None, parameters: TVL1, solver: Solver) -> Iterator[Pair]:
    """Every pair of the video at `path`, one after the other."""
    frames = decode.decode(path, short_side)
    last: list[Image] = []

    def passing() -> Iterator[Image]:
        for frame in frames:
            last.append(frame)
            yield frame

    for number, field in enumerate(compute(passing(), parameters, solver)):
        yield Pair(number, last.pop(0), field)


def some_pairs(path: Path, short_side: int | None, count: int, parameters: TVL1, solver: Solver) -> list[Pair]:
    """`count` pairs spread evenly over the video at `path`."""
    seen = probe.probe(path)
    if seen.reason:
        raise InputError(f"{path}: {seen.reason}")
    chosen = sorted({round(place) for place in np.linspace(0, seen.frames - 2, min(count, seen.frames - 1))})
    made, before = [], np.empty(0, np.uint8)
    for number, frame in enumerate(decode.decode(path, short_side)):
        if number - 1 in chosen:
            (field,) = compute(iter([before, frame]), parameters, solver)
            made.append(Pair(number - 1, before, field))
        before = frame
    return made


def longest(shown: Sequence[Pair]) -> float:
    """Pixels a frame that are to be shown in full colour."""
    lengths = np.concatenate([np.hypot(*pair.flow).ravel() for pair in shown])
    return max(1.0, float(np.percentile(lengths, SHOWN_FULL)))


def draw(shown: Sequence[Pair], bound: float, full: float) -> Image:
    """The picture, BGR, with a row of panels a pair."""
    width = shown[0].frame.shape[1]
    titles = ["frame", f"flow, full colour at {full:.1f} px", f"u, -{bound:g} to {bound:g} px", "v"]
    rows = [np.hstack([_caption(title, width) for title in titles]), *(_row(pair, bound, full) for pair in shown)]
    return np.vstack(rows)


def write_picture(path: Path, picture: Image) -> None:
    with atomic.replacing(path) as beside:
        beside.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def write_video(path: Path, pictures: Iterator[Image], fps: float) -> None:
    """Encode `pictures`, which are all of one size, as MPEG-4."""
    first = next(pictures)
    with atomic.replacing(path) as beside:
        encoded = beside.with_suffix(path.suffix)
        height, width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
        writer = cv2.VideoWriter(str(encoded), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
        if not writer.isOpened():
            raise InputError(f"{path}: this OpenCV cannot encode such a video: give a name that ends in .mp4 or .png")
        for picture in (first, *pictures):
            writer.write(np.ascontiguousarray(picture[:height, :width]))
        writer.release()
        encoded.replace(beside)


def _row(pair: Pair, bound: float, full: float) -> Image:
    coloured = flowcolour.colours(pair.flow, full)[..., ::-1].copy()
    size = min(KEY, *(side // 3 for side in coloured.shape[:2]))
    corner = coloured[-size:, -size:]
    corner[:] = np.where(flowcolour.disk(size), flowcolour.key(size)[..., ::-1], corner)
    stored = [cv2.cvtColor(part, cv2.COLOR_GRAY2BGR) for part in quantise(pair.flow, bound)]
    frame = pair.frame.copy()
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(frame, str(pair.number), (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return np.hstack([_framed(panel) for panel in (frame, coloured, *stored)])


def _framed(panel: Image) -> Image:
    return cv2.copyMakeBorder(panel, 0, GAP, GAP // 2, GAP - GAP // 2, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def _caption(text: str, width: int) -> Image:
    line = np.full((CAPTION, width + GAP, 3), 255, np.uint8)
    scale = 0.5
    while scale > 0.25 and cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0] > width:
        scale -= 0.05
    cv2.putText(line, text, (GAP // 2, 18), cv2.FONT_HERSHEY_SIMPLEX, scale, (40, 40, 40), 1, cv2.LINE_AA)
    return line
