"""The most probable classes of the first example videos, which the report shows beside their pictures."""

import numpy as np

from twostream.fusion import normalisation
from twostream.fusion.contract import Examples, Guess
from twostream.fusion.mistakes import PredictedClasses
from twostream.metrics import Scores

TOP = 5
"""Guesses of a stream for a video."""
VIDEOS = 20
"""Of each outcome, as many as the report can show pictures of."""


def of_examples(predicted: PredictedClasses, examples: Examples) -> dict[str, dict[str, list[Guess]]]:
    """Return the guesses of the fusion (`fused`) and of each stream for the first of `examples`, by video and name."""
    test = predicted.test
    outcomes = (examples["rescued"], examples["lost"])
    videos = [row["video"] for outcome in outcomes for row in outcome["shown"][:VIDEOS]]
    rows = {video: test.video_id.index(video) for video in videos}
    by_name = {"fused": predicted.logs, **dict(zip(test.names, test.scores, strict=True))}
    return {
        video: {name: _guesses(scores[row], test.class_name, int(test.labels[row])) for name, scores in by_name.items()}
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
