"""The most probable classes of the example videos, which the report shows beside their pictures."""

import numpy as np

from twostream.fusion import normalisation
from twostream.fusion.contract import Examples, Guess
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Scores

TOP = 5
"""Guesses of a stream for a video."""


def of_examples(test: StreamScores, examples: Examples) -> dict[str, dict[str, list[Guess]]]:
    """Return the guesses for each video of `examples`, by video and stream."""
    videos = [row["video"] for outcome in (examples["rescued"], examples["lost"]) for row in outcome["shown"]]
    rows = {video: test.video_id.index(video) for video in videos}
    scores = test.scores
    return {
        video: {
            stream: _guesses(scores[number, row], test.class_name, int(test.labels[row]))
            for number, stream in enumerate(test.names)
        }
        for video, row in rows.items()
    }


def _guesses(scores: Scores, class_names: tuple[str, ...], right: int) -> list[Guess]:
    """Return the classes of the highest softmax of scores (classes,), the most probable first."""
    probabilities = normalisation.softmax(scores)
    most_probable = np.argsort(-probabilities, kind="stable")[:TOP]
    return [
        {"class_name": class_names[c], "percent": 100 * float(probabilities[c]), "is_right": int(c) == right}
        for c in most_probable
    ]
