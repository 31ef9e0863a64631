"""A trial of fusion on scores that are drawn at random, of as many videos as there is time for.

`python -m twostream.forecast.fusion_trial JSON` prints what it measured as JSON; its argument is that of `measure`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twostream.cache.clock import Clock, peak_memory, seconds_to_start
from twostream.config.section import pick
from twostream.console import run
from twostream.fusion import budget, findings, folds
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.training import subsets
from twostream.videos.index import Index

STRENGTHS = (2.6, 3.2)
"""By how much the right class stands out of noise of deviation 1, in turn for each stream."""
MOST = 3000
"""Videos of a sample, at most: their list is an argument of a process."""
FEWEST = 90
"""Videos of a sample, at least: from fewer, the time of more cannot be told."""

Row = tuple[int, int, bool]
"""A video: its label, the number of its group, and whether it is tested; if not, it is held out."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The `rows` of some of the videos, evenly spread; fusing all videos takes `scale` times as long."""

    rows: Sequence[Row]
    scale: float


def sample(index: Index, validation: Mapping[str, Any], request: Mapping[str, Any], seconds: float) -> Sample:
    """Return as many of the videos of `index` as fusion can fuse in so many `seconds`, by its own estimate.

    `validation` is that section of the settings. `request` has the section `fusion`, and `samples`, those of a video in
    each stream.
    """
    videos = [*index.subset("test"), *subsets.divide(index, validation).held_out]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(video.group for video in videos))}
    rows = [(video.label, numbers[video.group], video.subset == "test") for video in videos]
    whole = _reckoned(rows, len(index.class_names), request)
    step = 1
    while len(rows[::step]) > 2 * FEWEST:
        if len(rows[::step]) <= MOST and _reckoned(rows[::step], len(index.class_names), request) <= seconds:
            break
        step += 1
    part = rows[::step]
    reckoned = _reckoned(part, len(index.class_names), request)
    return Sample(rows=part, scale=1.0 if step == 1 else max(whole / reckoned, len(rows) / len(part)))


def _reckoned(rows: Sequence[Row], classes: int, request: Mapping[str, Any]) -> float:
    """Return the seconds on two cores that fusion estimates for itself."""
    settings = pick(FusionSettings, request["fusion"])
    divided = folds.divide(np.array([str(row[1]) for row in rows]), np.array([row[2] for row in rows]), settings.folds)
    if divided is None:
        return 0.0
    size = budget.size(len(rows), classes, request["samples"], divided)
    kept, _ = budget.within(size, settings)
    return sum(seconds for part, seconds in budget.reckon(size, settings).items() if part in kept)


def measure(request: Mapping[str, Any]) -> dict[str, float]:
    """Return the core-seconds and the bytes of a fusion, its memory, and the seconds that its process took to start.

    The request has the `rows` of a sample, the `samples` of each stream, the number of `classes`, the section `fusion`
    and the `threads`.
    """
    start = seconds_to_start()
    settings = pick(FusionSettings, request["fusion"])
    scores = draw_scores(request["rows"], request["classes"], request["samples"], STRENGTHS)
    clock = Clock()
    result = findings.find(scores, settings, request["threads"])
    seconds = clock.core_seconds(request["threads"])
    return {"seconds": seconds, "start": start, "bytes": float(len(json.dumps(result))), "memory": peak_memory()}


def draw_scores(rows: Sequence[Row], classes: int, samples: Sequence[int], strengths: Sequence[float]) -> StreamScores:
    """Return scores at random of the videos in `rows`: noise of deviation 1, out of which the right class stands.

    Each stream has its number of `samples` of a video, and of the `strengths` the next one, in turn.
    """
    rng = np.random.default_rng(0)
    labels = np.array([label for label, _, _ in rows])
    truth = np.eye(classes, dtype=np.float32)[labels][:, None]
    signals = [strengths[stream % len(strengths)] * truth for stream in range(len(samples))]
    return StreamScores(
        names=tuple(f"s{stream}" for stream in range(len(samples))),
        modalities=("unknown",) * len(samples),
        samples=tuple(
            (signal + rng.normal(size=(len(rows), count, classes))).astype(np.float32)
            for signal, count in zip(signals, samples, strict=True)
        ),
        labels=labels,
        groups=np.array([str(group) for _, group, _ in rows]),
        is_test=np.array([is_test for _, _, is_test in rows]),
        video_id=tuple(f"v{number:06d}.avi" for number in range(len(rows))),
        class_name=tuple(f"c{number:04d}" for number in range(classes)),
        chosen_on=("unknown",) * len(samples),
    )


def main() -> None:
    """Print the result of the trial that the argument asks for."""
    print(json.dumps(measure(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    run(main)
