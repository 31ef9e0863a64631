"""What is said of a video, and of one that cannot be answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.text import writable

Probabilities = NDArray[np.float64]
"""Of each class, (classes,)."""
TOP = 5
"""How many classes are named of each video."""


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

    @classmethod
    def of(cls, path: Path, error: InputError | OSError) -> "Failure":
        """Return that of the video at `path`, which `error` ended."""
        if isinstance(error, InputError):
            return cls(writable(path), ": ".join(part for part in error.args[1:2] if part) or str(error))
        return cls(writable(path), f"cannot be read: {error.strerror or error}")


@dataclass(frozen=True)
class Guess:
    """A class, and how probable it is, in percent."""

    class_name: str
    percent: float


def top(probabilities: Probabilities, class_names: tuple[str, ...], count: int = TOP) -> list[Guess]:
    """Return the `count` most probable classes; of equally probable ones the first by number comes first."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [Guess(class_names[label], round(100 * float(probabilities[label]), 4)) for label in order]


def best(probabilities: Probabilities, class_names: tuple[str, ...]) -> Guess:
    """Return the most probable class."""
    return top(probabilities, class_names, 1)[0]
