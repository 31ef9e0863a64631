"""Answers of windows smoothed over time."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twostream.errors import InputError
from twostream.predict.answers import Probabilities
from twostream.predict.long_videos import LongAnswer, WindowAnswer


def parse(text: str) -> int:
    """Return the number of windows that `--smooth` names; InputError where it is none, or they have no middle one."""
    count = int(text) if re.fullmatch(r"\d{1,9}", text.strip()) else 0
    if count % 2 == 0:
        raise InputError(f"--smooth {text}", "is no odd number above 0, and a mean needs a middle", "give 3, 5, 7 ...")
    return count


def smooth(video: LongAnswer, count: int) -> LongAnswer:
    """Return the answers of `video` with the mean probabilities of the `count` windows around each.

    At the ends it is the mean of those that there are.
    """
    answers = [each.answer for each in video.windows]
    fused = moving_mean([each.probabilities for each in answers], count)
    alone = {name: moving_mean([each.streams[name] for each in answers], count) for name in answers[0].streams}
    windows = tuple(
        WindowAnswer(
            each.window,
            replace(
                each.answer,
                probabilities=fused[number],
                streams={name: values[number] for name, values in alone.items()},
            ),
        )
        for number, each in enumerate(video.windows)
    )
    return replace(video, windows=windows)


def moving_mean(values: Sequence[Probabilities], count: int) -> Probabilities:
    """Return the mean of the `count` rows around each of `values` (windows, classes), fewer at the ends."""
    sums = np.cumsum([np.zeros_like(values[0]), *values], axis=0)
    middle = np.arange(len(values))
    first = np.maximum(middle - count // 2, 0)
    last = np.minimum(middle + count // 2 + 1, len(values))
    means: Probabilities = (sums[last] - sums[first]) / (last - first)[:, None]
    return np.clip(means, 0.0, 1.0)
