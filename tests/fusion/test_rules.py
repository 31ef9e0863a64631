import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.fusion import rules


@given(st.integers(2, 4), st.sampled_from([0.5, 0.25, 0.1]))
def test_the_weights_cover_the_simplex(streams, step):
    weights = rules.simplex(streams, step)
    assert len(weights) == len({tuple(row) for row in weights}) == _compositions(round(1 / step), streams)
    assert np.allclose(weights.sum(axis=1), 1)


def _compositions(total, parts):
    return 1 if parts == 1 else sum(_compositions(total - first, parts - 1) for first in range(total + 1))


def pooled(*streams, normalised_by="none"):
    return [rules.pool(np.array(scores, float), normalised_by, "mean") for scores in streams]


def test_average_and_max():
    streams = pooled([[[3, 0, 2]]], [[[0, 0, 2]]])
    assert rules.average(streams).tolist() == [[1.5, 0, 2]]
    assert rules.maximum(streams).tolist() == [[3, 0, 2]]


def test_the_product_is_of_probabilities():
    a, b = [0.7, 0.2, 0.1], [0.1, 0.6, 0.3]
    fused = rules.product_rule(pooled([[a]], [[b]], normalised_by="softmax"))
    assert np.allclose(np.exp(fused), np.multiply(a, b))


def test_borda_adds_ranks():
    assert np.allclose(rules.borda(pooled([[[9, 1, 0]]], [[[0, 1, 2]]])), [[1, 1, 1]])


def test_streams_weigh_by_the_inverse_variance_over_their_samples():
    """Variances of 1 and 4 give weights of 4/5 and 1/5."""
    streams = pooled([[[2.0, 2.0], [0.0, 0.0]]], [[[6.0, 12.0], [2.0, 8.0]]])
    assert np.allclose(rules.gated("inverse_variance", streams), [[0.8 * 1 + 0.2 * 4, 0.8 * 1 + 0.2 * 10]])


def test_streams_weigh_by_their_variance_over_the_classes():
    assert np.allclose(rules.gated("spread", pooled([[[2.0, -2.0]]], [[[-1.0, 1.0]]])), [[1.4, -1.4]])


@pytest.mark.parametrize("gate", ["entropy", "margin"])
def test_a_stream_that_knows_nothing_does_not_count(gate):
    sure, flat = [[[0.9, 0.05, 0.05]]], [[[1 / 3, 1 / 3, 1 / 3]]]
    assert np.allclose(rules.gated(gate, pooled(sure, flat, normalised_by="softmax")), sure[0])


@pytest.mark.parametrize("name", rules.STRATEGIES)
def test_constant_scores_stay_finite(name):
    assert np.isfinite(rules.STRATEGIES[name](pooled(np.ones((2, 3, 4)), np.zeros((2, 3, 4))))).all()


def test_what_the_rules_know_of_a_stream_is_as_numpy_has_it():
    scores = np.random.default_rng(0).normal(size=(6, 3, 11))
    stream = rules.pool(scores, "none", "mean")
    probabilities = np.exp(stream.log_probabilities)
    top = np.sort(probabilities, axis=1)
    assert np.allclose(stream.class_variance, stream.scores.var(axis=1))
    assert np.allclose(stream.sample_variance, scores.var(axis=1).mean(axis=1))
    assert np.allclose(stream.margin, top[:, -1] - top[:, -2])
    assert np.allclose(stream.certainty, np.log(11) + (probabilities * np.log(probabilities)).sum(axis=1))
