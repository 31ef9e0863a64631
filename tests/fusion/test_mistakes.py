from dataclasses import replace

import numpy as np
import pytest

from support.reports import random_scores
from twostream.fusion import mistakes
from twostream.fusion.mistakes import PredictedClasses

LABELS = np.array([0, 0, 0, 1, 2, 2])


@pytest.fixture
def predicted() -> PredictedClasses:
    """Return six videos of three classes that the fusion gets right and no stream does, but for the last."""
    test = replace(random_scores(classes=3, streams=2, videos=6), labels=LABELS)
    fused = 0.1 * np.eye(3)[LABELS] * np.array([[1], [3], [2], [5], [4], [-1]])
    streams = dict.fromkeys(test.names, np.array([1, 1, 1, 2, 0, 2]))
    return replace(PredictedClasses.from_scores(test, fused), streams=streams)


def test_a_margin_is_the_difference_of_the_log_probabilities(predicted):
    logs = predicted.logs
    assert np.exp(logs).sum(axis=1) == pytest.approx(np.ones(6))
    assert predicted.margins[3] == pytest.approx(logs[3, 1] - max(logs[3, 0], logs[3, 2]))
    assert predicted.margins[5] < 0, "the right class of the last video is the least probable"


def test_folds_of_other_scales_are_compared_alike():
    test = random_scores(classes=5, streams=2, videos=40)
    folds = np.arange(40) % 2
    scores = test.scores[0].astype(np.float64)
    stretched = scores * np.where(folds == 0, 1, 1000)[:, None]
    even, uneven = (PredictedClasses.from_scores(test, each, folds).margins for each in (scores, stretched))
    assert uneven == pytest.approx(even)
    assert abs(uneven).max() < 50


def test_the_surest_video_of_each_class_comes_before_the_second_of_any(predicted):
    examples = mistakes.examples(predicted)
    names = [predicted.test.video_id[v] for v in (3, 4, 1, 2, 0)]
    assert [row["video"] for row in examples["rescued"]["shown"]] == names
    assert [row["video"] for row in examples["lost"]["shown"]] == [predicted.test.video_id[5]]
    assert examples["lost"]["shown"][0]["margin"] < 0


def test_every_video_of_an_outcome_is_named(predicted):
    for outcome in mistakes.examples(predicted).values():
        assert len(outcome["shown"]) == outcome["videos"]
