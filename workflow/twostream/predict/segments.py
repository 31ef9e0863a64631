"""A long video by time: which window answers which moment, and how long one class stays the most probable."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from twostream.predict.answers import Guess, best
from twostream.predict.long_videos import LongAnswer
from twostream.predict.windows import Window


@dataclass(frozen=True)
class Segment:
    """The seconds from `start` to `end`, in which a class is the most probable one; `percent` is the windows' mean."""

    start: float
    end: float
    class_name: str
    percent: float


def moments(windows: Sequence[Window]) -> list[tuple[float, float]]:
    """Return the seconds that each window answers, (start, end): up to midway between its centre and the next one's."""
    centres = [(window.start + window.end) / 2 for window in windows]
    middles = [(before + after) / 2 for before, after in pairwise(centres)]
    edges = zip([windows[0].start, *middles], [*middles, windows[-1].end], strict=True)
    return [
        (max(window.start, begin), min(window.end, end)) for window, (begin, end) in zip(windows, edges, strict=True)
    ]


def guesses(video: LongAnswer, class_names: tuple[str, ...]) -> list[Guess]:
    """Return the most probable class of each window."""
    return [best(each.answer.probabilities, class_names) for each in video.windows]


def of_video(video: LongAnswer, class_names: tuple[str, ...]) -> Iterator[Segment]:
    """Yield the segments of a video, in order."""
    spans = moments([each.window for each in video.windows])
    rows = zip(guesses(video, class_names), spans, strict=True)
    for class_name, run in groupby(rows, key=lambda row: row[0].class_name):
        own = list(run)
        percent = float(np.mean([guess.percent for guess, _ in own]))
        yield Segment(own[0][1][0], own[-1][1][1], class_name, percent)


class Labels:
    """The label of each moment of a video."""

    def __init__(self, video: LongAnswer, class_names: tuple[str, ...]) -> None:
        self._moments = moments([each.window for each in video.windows])
        self._starts = [start for start, _ in self._moments]
        self._guesses = guesses(video, class_names)

    def at(self, seconds: float) -> Guess | None:
        """Return the answer of the moment `seconds` after the first frame; None between windows."""
        number = max(bisect_right(self._starts, seconds + 1e-6) - 1, 0)
        start, end = self._moments[number]
        return self._guesses[number] if start - 1e-6 <= seconds < end else None
