import numpy as np
import pytest
from scipy.special import softmax

from support.reports import random_scores
from twostream.fusion import guesses
from twostream.fusion.mistakes import PredictedClasses


@pytest.fixture
def scores():
    return random_scores(classes=7, streams=2, videos=8)


def by_stream(scores, number: int) -> dict:
    """Return the guesses for the video `number`, which the fusion lost; it has the scores of the first stream."""
    video = scores.video_id[number]
    examples = {"rescued": {"videos": 0, "shown": []}, "lost": {"videos": 1, "shown": [{"video": video}]}}
    return guesses.of_examples(PredictedClasses.from_scores(scores, scores.scores[0]), examples)[video]


def test_guesses_are_the_softmax_of_the_mean_scores(scores):
    by_name = by_stream(scores, 3)
    assert list(by_name) == ["fused", *scores.names]
    for stream, samples in zip(scores.names, scores.samples, strict=True):
        expected = 100 * np.sort(softmax(samples[3].mean(axis=0)))[::-1][:5]
        assert [guess["percent"] for guess in by_name[stream]] == pytest.approx(expected, rel=1e-5)
        right = scores.class_name[scores.labels[3]]
        assert all(guess["is_right"] == (guess["class_name"] == right) for guess in by_name[stream])


def test_the_fusion_finds_the_same_classes_most_probable_as_its_scores_do(scores):
    by_name = by_stream(scores, 5)
    fused, first = ([guess["class_name"] for guess in by_name[name]] for name in ("fused", scores.names[0]))
    assert fused == first
