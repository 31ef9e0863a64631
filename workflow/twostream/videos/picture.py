"""From what a decoder gives to pictures: turned, if wished deinterlaced, and converted to BGR as `ffmpeg` does it."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from twostream.videos import orientation
from twostream.videos.orientation import Filter

Image = NDArray[np.uint8]

DEINTERLACE: Filter = ("bwdif", "mode=send_frame:deint=interlaced")
"""A frame for a frame; those that are not flagged as interlaced stay as they are."""

TO_BGR: tuple[Filter, ...] = (("scale", "flags=bicubic"), ("format", "bgr24"))
"""The conversion that `ffmpeg -pix_fmt bgr24` does."""

TICK = Fraction(1, 1000)
"""The unit of time of a graph; no filter here heeds the time."""

Kind = tuple[int, int, str, int, int, tuple[Filter, ...]]
"""What frames of one graph have in common: width, height, pixel format, colour matrix and range, orientation."""


class Converter:
    """Pictures (height, width, 3), BGR, of the frames of one video."""

    def __init__(self, deinterlace: bool = False) -> None:
        self._deinterlace = deinterlace
        self._kind: Kind | None = None
        self._graph: Graph | None = None

    def convert(self, frame: VideoFrame) -> Iterator[Image]:
        """Yield the pictures that are ready with `frame`; a filter may hold one back."""
        turns = orientation.of_frame(frame)
        kind = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range, turns)
        if self._graph is None or kind != self._kind:
            yield from self.flush()
            self._kind, self._graph = kind, self._make_graph(frame, turns)
        self._graph.vpush(frame)
        yield from self._ready()

    def flush(self) -> Iterator[Image]:
        """Yield the pictures that were held back."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._ready()
            self._graph = None

    def _ready(self) -> Iterator[Image]:
        while self._graph is not None:
            try:
                picture = self._graph.vpull()
            except (NothingYet, NothingMore):
                return
            yield np.asarray(picture.to_ndarray(), np.uint8)

    def _make_graph(self, frame: VideoFrame, turns: tuple[Filter, ...]) -> Graph:
        graph = Graph()
        graph.threads = 1
        nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=TICK)]
        filters = [*turns, *([DEINTERLACE] if self._deinterlace else []), *TO_BGR, ("buffersink", "")]
        nodes += [graph.add(name, arguments or None) for name, arguments in filters]
        graph.link_nodes(*nodes).configure()
        return graph
