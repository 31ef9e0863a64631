import numpy as np
import pytest
from scipy.special import softmax

from support.reports import random_scores
from twostream.fusion import guesses


def test_guesses_are_the_softmax_of_the_mean_scores():
    scores = random_scores(classes=7, streams=2, videos=8)
    video = scores.video_id[3]
    nothing = {"videos": 0, "shown": []}
    examples = {"rescued": nothing, "lost": {"videos": 1, "shown": [{"video": video}]}}
    by_stream = guesses.of_examples(scores, examples)[video]
    assert list(by_stream) == list(scores.names)
    for stream, samples in zip(scores.names, scores.samples, strict=True):
        expected = 100 * np.sort(softmax(samples[3].mean(axis=0)))[::-1][:5]
        assert [guess["percent"] for guess in by_stream[stream]] == pytest.approx(expected, rel=1e-5)
        right = scores.class_name[scores.labels[3]]
        assert all(guess["is_right"] == (guess["class_name"] == right) for guess in by_stream[stream])
