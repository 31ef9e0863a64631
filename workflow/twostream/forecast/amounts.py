"""How much work each stage has, in units of which one takes about as long as another. Arithmetic alone.

Frames and flow count pixels; networks count passes: one forward pass of one stack. Training a stack is three passes,
since the gradients of weights and of inputs each cost about as much as the pass forward.
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
    """The units of one job, and those of its longest video, which one core works on."""

    units: float
    longest: float = 0.0


@dataclass(frozen=True)
class Work:
    """The work of some jobs: `units` drive their time, `stored` the bytes that they write.

    `parts` are those of each job; empty where all are alike.
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
    """Return the work of `epochs` epochs of a stream: its passes over so many videos of each subset; one model."""
    trained = PASSES_OF_TRAINING * train * stream["segments"]
    validated = validation * samples_of(stream["validation"]) if validation else 0
    return Work(1, epochs * (trained + validated), 1)


def of_scoring(test: Mapping[str, Any], videos: int, classes: int) -> Work:
    """Return the work of scoring so many `videos` by the section `test`: passes, and the numbers stored."""
    passes = videos * samples_of(test)
    views = sampling.CROPS[_protocol(test).crops]
    kept = passes if test["keep_crops"] else passes // views
    return Work(1, passes, kept * classes)


def bytes_of_features(numbers: int, classes: int, precision: str) -> float:
    """Return the bytes for each number that `of_scoring` counts, where features are stored, `numbers` of a view."""
    return {"float32": 4, "float16": 2}[precision] * numbers / classes


def of_fusion(streams: int, samples: int, videos: int, classes: int) -> Work:
    """Return the work of fusing: the scores of all `streams`, of `samples` of each of the `videos`; one file."""
    return Work(1, streams * samples * videos * classes, 1)


def samples_of(settings: Mapping[str, Any]) -> int:
    """Return the stacks of a video that the section `test` or `validation` scores: positions times crops."""
    protocol = _protocol(settings)
    return protocol.samples * sampling.CROPS[protocol.crops]


def _protocol(settings: Mapping[str, Any]) -> sampling.Protocol:
    return sampling.protocol(settings["protocol"], settings["samples"], settings.get("crops"))


def _part(units: Sequence[float]) -> Part:
    return Part(sum(units), max(units, default=0))


def _pixels(video: Video, short_side: int | None) -> int:
    width, height = scaled_size(video.width, video.height, short_side)
    return width * height
