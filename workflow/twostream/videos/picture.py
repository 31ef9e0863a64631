"""From what a decoder gives to pictures: turned, if wished deinterlaced, and converted to BGR as `ffmpeg` does it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame

from twostream.errors import InputError
from twostream.videos import orientation
from twostream.videos.image import Image
from twostream.videos.orientation import Filter

DEINTERLACE: Filter = ("bwdif", "mode=send_frame:deint=interlaced")
"""A frame for a frame; those that are not flagged as interlaced stay as they are."""

LEAST_PLANE = (3, 4)
"""Columns and lines that each plane of a frame must have for that filter."""

TO_BGR: tuple[Filter, ...] = (("scale", "flags=bicubic"), ("format", "bgr24"))
"""The conversion that `ffmpeg -pix_fmt bgr24` does."""

TICK = Fraction(1, 1000)
"""The unit of time of a graph; no filter here heeds the time."""

SUBSTITUTES = {10: 9} | dict.fromkeys((8, *range(11, 18)), 5)
"""The colour matrices that swscale does not know and those that `ffmpeg` takes in their place, by their numbers in
H.273: BT.2020 for its form of constant luminance, BT.601 for YCgCo, ICtCp and others.
"""

Kind = tuple[int, int, str, int, int, tuple[Filter, ...]]
"""What frames of one graph have in common: width, height, pixel format, colour matrix and range, orientation."""


class Converter:
    """Pictures (height, width, 3), BGR, of the frames of the video at `path`, all of the first one's size.

    InputError where frames cannot be converted.
    """

    def __init__(self, path: Path, deinterlace: bool = False) -> None:
        self._path = path
        self._deinterlace = deinterlace
        self._kind: Kind | None = None
        self._size: tuple[int, int] | None = None
        self._graph: Graph | None = None
        self._filters = False
        self._previous: VideoFrame | None = None
        self._repeated = 0

    def convert(self, frame: VideoFrame) -> Iterator[Image]:
        """Yield the pictures that are ready with `frame`; a filter may hold one back."""
        _replace_matrix(frame)
        kind = kind_of(frame)
        if self._graph is None or kind != self._kind:
            yield from self.flush()
            self._kind = kind
        with self._naming_the_video():
            yield from self._convert(frame)

    def flush(self) -> Iterator[Image]:
        """Yield the pictures that were held back."""
        if self._graph is not None:
            with self._naming_the_video():
                self._graph.vpush(None)
                yield from self._ready()
            self._graph = self._previous = None

    @contextmanager
    def _naming_the_video(self) -> Iterator[None]:
        try:
            yield
        except MemoryError:
            raise
        except FFmpegError as error:
            what = f"{self._kind[2]}, colour matrix {self._kind[3]}" if self._kind else ""
            problem = f"its frames ({what}) cannot be converted: {error.strerror}"
            raise InputError(self._path, problem, "choose another video") from error

    def _convert(self, frame: VideoFrame) -> Iterator[Image]:
        if self._graph is None:
            self._graph, self._filters = self._make_graph(frame), False
        if self._deinterlace and frame.interlaced_frame and not self._filters:
            self._begin_to_filter(frame)
        self._graph.vpush(frame)
        self._previous = frame
        yield from self._ready()

    def _begin_to_filter(self, frame: VideoFrame) -> None:
        """Deinterlace from `frame` on; the frame before it, which has been converted, is the filter's first."""
        self._filters = True
        if not _can_be_deinterlaced(frame):
            return
        self._graph = self._make_graph(frame, [DEINTERLACE])
        if self._previous is not None:
            self._graph.vpush(self._previous)
            self._repeated = 1

    def _ready(self) -> Iterator[Image]:
        while self._graph is not None:
            try:
                picture = self._graph.vpull()
            except (NothingYet, NothingMore):
                return
            if self._repeated:
                self._repeated -= 1
                continue
            self._size = picture.width, picture.height
            yield np.asarray(picture.to_ndarray(), np.uint8)

    def _make_graph(self, frame: VideoFrame, more: Sequence[Filter] = ()) -> Graph:
        graph = Graph()
        graph.threads = 1
        nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=TICK)]
        (scale, how), *rest = TO_BGR
        size = [f"w={self._size[0]}:h={self._size[1]}"] if self._size else []
        filters = [*orientation.of_frame(frame), *more, (scale, ":".join([*size, how])), *rest, ("buffersink", "")]
        nodes += [graph.add(name, arguments or None) for name, arguments in filters]
        graph.link_nodes(*nodes).configure()
        return graph


def size(path: Path, frame: VideoFrame) -> tuple[int, int]:
    """Return (width, height) of the picture of a `frame` of the video at `path`; InputError where there is none."""
    image = next(Converter(path).convert(frame))
    return image.shape[1], image.shape[0]


def kind_of(frame: VideoFrame) -> Kind:
    """Return what decides how `frame` is converted."""
    turns = orientation.of_frame(frame)
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range, turns


def _can_be_deinterlaced(frame: VideoFrame) -> bool:
    """Return whether the planes of `frame`, turned as it is shown, are large enough for the filter."""
    sizes = [(plane.width, plane.height) for plane in frame.format.components]
    if orientation.swaps_sides(orientation.of_frame(frame)):
        sizes = [(height, width) for width, height in sizes]
    return all(width >= LEAST_PLANE[0] and height >= LEAST_PLANE[1] for width, height in sizes)


def _replace_matrix(frame: VideoFrame) -> None:
    """Give a frame whose matrix swscale does not know the one that `ffmpeg` takes in its place."""
    substitute = SUBSTITUTES.get(frame.colorspace)
    if substitute is not None:
        frame.colorspace = substitute
