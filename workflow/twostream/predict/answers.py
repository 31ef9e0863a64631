"""What is said of a video, and of one that cannot be answered."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
"""Of each class, (classes,)."""
TOP = 5
"""Classes that are named of each video."""


@dataclass(frozen=True, kw_only=True)
class AnsweredVideo:
    """What is known of a video that has an answer.

    `damaged` counts frames that are corrupt or lost. `trained_on` names the streams that were trained on this very
    file.
    """

    video: str
    frames: int
    fps: float
    damaged: int
    trained_on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer(AnsweredVideo):
    """What a model says of a video: the probability of each class by all streams, and by each alone, calibrated."""

    probabilities: Probabilities
    streams: Mapping[str, Probabilities]


@dataclass(frozen=True)
class Failure:
    """A video that has no answer, and why."""

    video: str
    reason: str


@dataclass(frozen=True)
class Guess:
    """A class, and how probable it is, in percent."""

    class_name: str
    percent: float


def top(probabilities: Probabilities, class_names: tuple[str, ...], count: int = TOP) -> list[Guess]:
    """Return the most probable classes, the first of equal ones first."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [Guess(class_names[label], round(100 * float(probabilities[label]), 4)) for label in order]
