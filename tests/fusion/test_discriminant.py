"""The discriminant against its definition, computed from the videos themselves."""

import numpy as np
from scipy.stats import multivariate_normal

from support.scores import features, labelled_scores
from twostream.fusion import discriminant, family
from twostream.fusion.discriminant import Discriminant


def test_it_is_the_likelihood_of_gaussians_with_one_covariance(monkeypatch):
    """Log-densities of SciPy differ from the discriminant by a number per video alone."""
    monkeypatch.setattr(family, "FEW_VIDEOS", 0.0)
    scores, labels = labelled_scores()
    shared = features(scores, labels)
    out = np.arange(len(labels)) % 4 == 0
    values, own = shared.values[~out].astype(float), labels[~out]
    means = np.array([values[own == c].mean(axis=0) for c in range(4)])
    within = np.cov((values - means[own]).T, bias=True)
    for shrinkage, fitted in zip(discriminant.SHRINKAGES, Discriminant(shared).fit((0,), None), strict=True):
        shrunken = (1 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within))
        logs = np.stack([multivariate_normal(mean, shrunken).logpdf(shared.values[out]) for mean in means], axis=1)
        difference = fitted - logs
        assert np.allclose(difference, difference.mean(axis=1, keepdims=True), atol=1e-3)


def test_means_are_drawn_to_that_of_all_by_the_number_of_videos():
    shared = features(*labelled_scores())
    moments = shared.moments(0)
    expected = (moments.means - moments.centre) * (moments.counts / (moments.counts + 3))[:, None]
    assert np.allclose(discriminant.shrunken_means(moments), expected)


def test_constant_scores_stay_finite():
    fitted = Discriminant(features(np.ones((2, 12, 3)), np.arange(12) % 3)).fit((0, 1), None)
    assert np.isfinite(fitted).all()


def test_one_video_a_class_has_no_variance_but_rounding():
    scores = 40 * np.random.default_rng(0).normal(size=(2, 60, 120)) + 1000
    fitted = Discriminant(features(scores, np.arange(60))).fit((0, 1), None)
    assert np.isfinite(fitted).all()


def test_it_undoes_a_stream_that_calls_classes_by_the_next_ones_name():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 400)
    scores = np.stack([3 * np.eye(5)[(labels + 1) % 5] + rng.normal(0, 0.5, (400, 5)) for _ in range(2)])
    fitted = Discriminant(features(scores, labels)).fit((0,), None)
    assert (fitted[0].argmax(axis=1) == labels[::4]).mean() > 0.95
