"""Videos decoded once, frame by frame, at the size that is stored."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2

from twostream.videos import error_log, excerpt, frame_source, opencv
from twostream.videos.image import Image
from twostream.videos.interval import Part
from twostream.videos.picture import Converter
from twostream.videos.read_ahead import read_ahead
from twostream.videos.size import scaled_size
from twostream.videos.source import open_video
from twostream.videos.verified import open_verified

AHEAD = 4
"""Frames that are decoded while those before them are worked on."""


def decode(
    path: Path, short_side: int | None, deinterlace: bool = False, digest: str = "", part: Part | None = None
) -> Iterator[Image]:
    """Yield the frames (height, width, 3), BGR, the shorter side scaled to `short_side` pixels; of a `part` its own.

    They are turned and mirrored as the video says. Every frame has the size of the first one, also where the size
    changes within the video. A thread decodes some frames ahead. InputError where the file is no video, and
    where a byte that is decoded is not of the file whose SHA-256 begins with `digest`.
    """
    opencv.configure()
    return read_ahead(_frames(path, short_side, deinterlace, digest, part), AHEAD)


def decode_with_damage(
    path: Path, deinterlace: bool = False, digest: str = "", part: Part | None = None
) -> Iterator[tuple[Image, bool]]:
    """Yield each frame as `decode` does, at its own size, and whether it, or what was before it, is corrupt."""
    opencv.configure()
    return read_ahead(_watched(path, deinterlace, digest, part), AHEAD)


def resize(frame: Image, size: tuple[int, int]) -> Image:
    """Return `frame` at `size` (width, height): area-averaged where it shrinks, else bilinear."""
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    shrinks = size[0] < frame.shape[1]
    resized: Image = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized


def _frames(path: Path, short_side: int | None, deinterlace: bool, digest: str, part: Part | None) -> Iterator[Image]:
    size: tuple[int, int] | None = None
    for picture in _pictures(path, deinterlace, digest, part):
        size = size or scaled_size(picture.shape[1], picture.shape[0], short_side)
        yield resize(picture, size)


def _watched(path: Path, deinterlace: bool, digest: str, part: Part | None) -> Iterator[tuple[Image, bool]]:
    if path.is_dir():
        yield from ((picture, False) for picture in _pictures(path, deinterlace, digest, part))
        return
    converter = Converter(path, deinterlace)
    damaged_before = 0
    is_damaged: deque[bool] = deque()  # Of the frames whose pictures the converter holds.
    with (
        error_log.watch() as log,
        open_verified(path, digest) as file,
        open_video(path, log, file) as video,
    ):
        for frame in excerpt.frames(video, part) if part else video.frames():
            is_damaged.append(frame.is_corrupt or video.damaged > damaged_before)
            damaged_before = video.damaged
            for picture in converter.convert(frame):
                yield picture, is_damaged.popleft()
        for picture in converter.flush():
            yield picture, is_damaged.popleft()


def _pictures(path: Path, deinterlace: bool, digest: str, part: Part | None) -> Iterator[Image]:
    converter = Converter(path, deinterlace)
    if path.is_dir():
        pictures = (frame for frame, _ in frame_source.frames(path, digest))
        for frame in islice(pictures, part.first, part.first + part.length) if part else pictures:
            yield from converter.convert(frame)
        yield from converter.flush()
        return
    with open_verified(path, digest) as file, open_video(path, file=file) as video:
        for frame in excerpt.frames(video, part) if part else video.frames():
            yield from converter.convert(frame)
        yield from converter.flush()
