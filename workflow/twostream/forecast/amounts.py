"""How much work each stage has, in units that each take about as long. Arithmetic alone.

The units of frames and flow are pixels, those of networks passes: one forward pass of one stack. Training a stack is
three passes, since the gradients of weights and of inputs each cost about as much as the pass forward.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from twostream.streams import sampling
from twostream.videos import flow_step
from twostream.videos.index import Video
from twostream.videos.size import scaled_size

PASSES_OF_TRAINING = 3


class Part(NamedTuple):
    """The units of one job, and those of its longest video, which cores cannot share."""

    units: float
    longest: float = 0.0


@dataclass(frozen=True)
class Work:
    """The work of some jobs: their time is in proportion to `units`, the bytes that they write to `stored`.

    `parts` has the part of each job; it is empty where all jobs are alike.
    """

    jobs: int
    units: float
    stored: float = 0.0
    parts: tuple[Part, ...] = ()


def of_index(videos: Sequence[Video]) -> Work:
    """Return the work of index for `videos`, which are decoded once."""
    decoded = [float(video.frames * video.width * video.height) for video in videos]
    return Work(1, sum(decoded), 0, (_part(decoded),))


def of_frames(shards: Iterable[Sequence[Video]], short_side: int | None) -> Work:
    """Return the work of extract_frames for `shards`: pixels decoded, and pixels stored."""
    shards = list(shards)
    parts = tuple(_part([video.frames * video.width * video.height for video in shard]) for shard in shards)
    stored = sum(video.frames * _pixels(video, short_side) for shard in shards for video in shard)
    return Work(len(shards), sum(part.units for part in parts), stored, parts)


def of_flow(shards: Iterable[Sequence[Video]], short_side: int | None, step: int = 1) -> Work:
    """Return the work of compute_flow for `shards`: pixels of all flow fields, which are also those stored."""
    parts = tuple(
        _part([flow_step.fields(video.frames, step) * _pixels(video, short_side) for video in shard])
        for shard in shards
    )
    pixels = sum(part.units for part in parts)
    return Work(len(parts), pixels, pixels, parts)


def of_training(stream: Mapping[str, Any], train: int, validation: int, epochs: int) -> Work:
    """Return the work of so many `epochs`: passes over so many `train` and `validation` videos; one model is stored."""
    training_passes = PASSES_OF_TRAINING * train * stream["segments"]
    validation_passes = validation * samples_of(stream["validation"]) if validation else 0
    return Work(1, epochs * (training_passes + validation_passes), 1)


def of_scoring(test: Mapping[str, Any], videos: int, classes: int) -> Work:
    """Return the work of scoring so many `videos` by the section `test`: its passes, and the numbers that it stores."""
    passes = videos * samples_of(test)
    views = sampling.CROPS[_protocol(test).crops]
    rows = passes if test["keep_crops"] else passes // views
    return Work(1, passes, rows * classes)


def bytes_of_features(numbers: int, classes: int, precision: str) -> float:
    """Return the bytes of features, so many `numbers` of a view, for each number that `of_scoring` counts as stored."""
    return {"float32": 4, "float16": 2}[precision] * numbers / classes


def of_fusion(streams: int, samples: int, videos: int, classes: int) -> Work:
    """Return the work of fusing: the scores of all `streams`, of `samples` of each of the `videos`; one file."""
    return Work(1, streams * samples * videos * classes, 1)


def samples_of(settings: Mapping[str, Any]) -> int:
    """Return how many stacks of a video the section `test` or `validation` scores: positions times crops."""
    protocol = _protocol(settings)
    return protocol.samples * sampling.CROPS[protocol.crops]


def _protocol(settings: Mapping[str, Any]) -> sampling.Protocol:
    return sampling.protocol(settings["protocol"], settings["samples"], settings.get("crops"))


def _part(units: Sequence[float]) -> Part:
    return Part(sum(units), max(units, default=0))


def _pixels(video: Video, short_side: int | None) -> int:
    width, height = scaled_size(video.width, video.height, short_side)
    return width * height
