import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from support.scores import features, labelled_scores
from twostream.fusion import stacking
from twostream.fusion.stacking import Stacked


def test_it_learns_which_class_is_taken_for_which():
    """A stream that calls every class by the next one's name is as good as one that does not."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 400)
    scores = np.stack([3 * np.eye(5)[(labels + 1) % 5] + rng.normal(0, 0.5, (400, 5)) for _ in range(2)])
    logits = scores.sum(axis=0).astype(np.float32)
    fused = logits[::4] + Stacked(features(scores, labels)).fit((0,), logits)[-1]
    assert (fused.argmax(axis=1) == labels[::4]).mean() > 0.95


def test_many_rounds_end_at_the_logistic_regression_that_starts_from_the_logits(monkeypatch):
    """Against SciPy's minimum of the same loss, in which the mixing is drawn to zero and the bias is not."""
    monkeypatch.setattr(stacking, "ROUNDS", (3000,))
    scores, labels = labelled_scores(120, 3)
    shared, out = features(scores, labels), np.arange(120) % 4 == 0
    logits = scores.mean(axis=0).astype(np.float32)
    centred = shared.values - shared.values[~out].mean(axis=0)
    videos = np.arange((~out).sum())

    def fused(parameters, of):
        return logits[of] + centred[of] @ parameters[:-3].reshape(-1, 3) + parameters[-3:]

    def loss(parameters):
        logs = log_softmax(fused(parameters, ~out), axis=1)
        return -logs[videos, labels[~out]].sum() + stacking.RIDGE * (parameters[:-3] ** 2).sum() / 2

    best = minimize(loss, np.zeros(centred.shape[1] * 3 + 3)).x
    counts = np.bincount(labels[~out])
    expected = (fused(best, out) - logits[out]) * counts / (counts + 3)
    difference = Stacked(shared).fit((0,), logits)[0] - expected
    assert difference == pytest.approx(np.zeros_like(difference), abs=0.02)


def test_each_round_makes_the_labels_it_learns_from_likelier():
    """The same videos once to learn from and once to look at."""
    scores, labels = labelled_scores()
    both, twice = np.repeat(scores, 2, axis=1), np.repeat(labels, 2)
    logits = both.mean(axis=0).astype(np.float32)
    corrections = Stacked(features(both, twice, 2)).fit((0,), logits)
    logs = log_softmax(logits[::2] + corrections, axis=2)
    losses = -logs[:, np.arange(400), labels].mean(axis=1)
    assert losses.tolist() == sorted(losses, reverse=True)


def test_a_class_without_videos_keeps_its_logits():
    scores, labels = labelled_scores()
    corrections = Stacked(features(scores, np.where(labels == 3, 0, labels))).fit((0,), scores.sum(axis=0))
    assert (corrections[:, :, 3] == 0).all() and (corrections[:, :, 0] != 0).any()
