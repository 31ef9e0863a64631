import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from twostream.fusion import learned_rules


def test_scales_are_the_likeliest_weights():
    """Against a general optimiser without derivatives."""
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(0, [[[5.0]], [[0.5]]], (2, 400, 4)), rng.integers(0, 4, 400)
    scores[:, np.arange(400), labels] += [[4.0], [0.4]]

    def loss(weights):
        return -log_softmax(np.tensordot(weights, scores, 1), axis=1)[np.arange(400), labels].mean()

    expected = minimize(loss, [0.1, 0.1], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}).x
    assert learned_rules.scales(scores, labels) == pytest.approx(expected, rel=1e-3)


def test_a_stream_that_misleads_gets_no_weight():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    good = rng.normal(size=(300, 4)) + np.eye(4)[labels]
    weights = learned_rules.scales(np.stack([good, -good + rng.normal(size=(300, 4))]), labels)
    assert weights[0] > 0.5 and weights[1] >= 0


def test_equal_streams_and_a_constant_one_have_finite_weights():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    good = rng.normal(size=(300, 4)) + np.eye(4)[labels]
    weights = learned_rules.scales(np.stack([good, good, np.ones((300, 4))]), labels)
    alone = learned_rules.scales(good[None], labels)
    assert np.isfinite(weights).all()
    assert weights[:2].sum() == pytest.approx(alone[0], rel=1e-3)


def test_prior_matched_scores_have_the_proportions_asked_for():
    proportions = np.array([0.5, 0.3, 0.2])
    matched = learned_rules.prior_matched(np.random.default_rng(0).normal(size=(500, 3)), proportions)
    assert np.exp(log_softmax(matched, axis=1)).mean(axis=0) == pytest.approx(proportions, abs=1e-3)


@pytest.mark.parametrize("scale", [1, 30, 2000])
def test_prior_matched_scores_are_those_of_iterative_scaling_by_logarithms(scale):
    scores = scale * np.random.default_rng(0).normal(size=(200, 5))
    proportions, shift = np.array([0.4, 0.3, 0.15, 0.149, 0.001]), np.zeros(5)
    for _ in range(20):
        means = np.exp(log_softmax(scores + shift, axis=1)).mean(axis=0)
        shift += np.log(proportions) - np.log(np.maximum(means, 1e-12))
    matched = learned_rules.prior_matched(scores, proportions, rounds=20)
    assert matched == pytest.approx(log_softmax(scores, axis=1) + shift, rel=1e-9, abs=1e-9)
