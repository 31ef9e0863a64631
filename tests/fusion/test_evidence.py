import numpy as np
import pytest
from scipy.special import log_softmax

from twostream.fusion import evidence, normalisation


def labelled_scores(scale=1.0):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 500)
    return scale * (rng.normal(size=(500, 5)) + 2 * np.eye(5)[labels]), labels


def inverse_temperature(scores, labels):
    """What the scores are multiplied by: log-probabilities differ by so many times their difference."""
    return np.ptp(evidence.calibrated(scores, labels)[0]) / np.ptp(scores[0])


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_temperature_is_that_of_a_bounded_search(scale):
    scores, labels = labelled_scores(scale)
    expected = 1 / normalisation.temperature(scores / scale, labels) / scale
    assert inverse_temperature(scores, labels) == pytest.approx(expected, rel=1e-3)


def test_the_evidence_does_not_depend_on_the_scale():
    one, other = (evidence.of_scores(*labelled_scores(scale)) for scale in (1.0, 50.0))
    assert np.allclose(one.log_likelihood, other.log_likelihood, atol=1e-3)
    assert (one.is_right == other.is_right).all()


def test_the_log_likelihood_is_of_the_right_class():
    scores, labels = labelled_scores()
    logs = log_softmax(scores * inverse_temperature(scores, labels), axis=1)
    assert np.allclose(evidence.of_scores(scores, labels).log_likelihood, logs[np.arange(500), labels], atol=1e-4)


@pytest.mark.parametrize("scores", [np.ones((4, 3)), np.eye(3)[[0, 1, 2, 0]], -np.eye(3)[[0, 1, 2, 0]]])
def test_scores_without_a_likeliest_temperature_stay_finite(scores):
    assert np.isfinite(evidence.of_scores(scores, np.array([0, 1, 2, 0])).log_likelihood).all()


def test_the_error_of_a_paired_difference_is_that_of_the_clusters_mean():
    """With clusters of one size it is the standard error of their means; single videos would give less."""
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(50), 4)
    difference = rng.normal(size=50)[clusters] + 0.1 * rng.normal(size=200)
    means = difference.reshape(50, 4).mean(axis=1)
    error = evidence.paired_error(difference, np.zeros(200), clusters)
    assert error == pytest.approx(means.std(ddof=1) / np.sqrt(50))
    assert error > 1.5 * difference.std() / np.sqrt(200)


def test_scores_as_large_as_single_precision_holds_give_the_same_evidence():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 4
    scores = (rng.normal(size=(60, 4)) + np.eye(4)[labels]).astype(np.float32)
    with np.errstate(over="raise", invalid="raise"):
        huge = evidence.of_scores(scores * np.float32(1e36), labels)
    assert huge.log_likelihood == pytest.approx(evidence.of_scores(scores, labels).log_likelihood, rel=1e-3)
