"""Options of answering long videos window by window."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from twostream import console
from twostream.errors import InputError
from twostream.predict import long_videos, smoothing, windows
from twostream.predict.answers import Failure
from twostream.predict.long_videos import LongAnswer
from twostream.predict.model import Model
from twostream.predict.videos import Options
from twostream.predict.windows import Windowing
from twostream.text import are, counted


@dataclass(frozen=True)
class Windows:
    """How long videos are answered: which windows, and the mean of how many of them."""

    windowing: Windowing
    smooth: int = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the windows and their smoothing."""
    length = "answer each such part of a video: 2s, or a number of frames"
    parser.add_argument("--window", metavar="LENGTH", help=length)
    every = "from one window's start to the next one's, 0.5s or frames; default: the window's length"
    parser.add_argument("--step", metavar="LENGTH", help=every)
    mean = "average the probabilities of N windows around each; N is odd"
    parser.add_argument("--smooth", metavar="N", help=mean)


def parse(arguments: argparse.Namespace) -> Windows | None:
    """Return the windows that the arguments ask for, None for whole videos; InputError where they make no sense."""
    if arguments.window is None:
        for option in ("step", "smooth"):
            if getattr(arguments, option) is not None:
                raise InputError(f"--{option}", "is of windows, and there are none", "give --window too, such as 2s")
        return None
    windowing = windows.windowing(arguments.window, arguments.step)
    if windowing.step.amount > windowing.length.amount:
        console.warn("--step", "is longer than --window: what is shown between two windows is answered by none")
    return Windows(windowing, smoothing.parse(arguments.smooth) if arguments.smooth is not None else 1)


def answer(paths: Sequence[Path], model: Model, options: Options, asked: Windows) -> Iterator[LongAnswer | Failure]:
    """Yield what `model` says of the windows of each video, smoothed."""
    for result in long_videos.answer(paths, model, options, asked.windowing):
        yield result if isinstance(result, Failure) else smoothing.smooth(result, asked.smooth)


def warn(video: LongAnswer) -> None:
    """Warn of a video that is no longer than a window, and of damaged windows."""
    if video.is_one_window:
        console.warn(video.video, "is no longer than a window, and was answered as a whole")
    damaged = sum(each.answer.damaged > 0 for each in video.windows)
    if damaged:
        frames = f"{counted(video.damaged, 'frame')} of it {are(video.damaged)} corrupt or lost"
        windows_of_all = f"{counted(damaged, 'window')} of {len(video.windows):,}"
        console.warn(video.video, f"{frames}, in {windows_of_all}; what decodes was used")
