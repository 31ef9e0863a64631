import numpy as np
import pytest

from twostream.fusion import pooling

samples = np.random.default_rng(0).normal(0, 3, (7, 5, 6))


def test_as_numpy_has_it():
    assert np.allclose(pooling.mean(samples), np.mean(samples, axis=1))
    assert np.allclose(pooling.maximum(samples), np.max(samples, axis=1))
    assert np.allclose(pooling.median(samples), np.median(samples, axis=1))
    assert np.allclose(pooling.median(samples[:, :4]), np.median(samples[:, :4], axis=1))
    assert np.allclose(pooling.top_k(samples), np.sort(samples, axis=1)[:, -3:].mean(axis=1))


def test_scores_far_from_the_mean_are_trimmed():
    scores = np.array([[[0.0, 1.0]] * 3 + [[9.0, -9.0]]])
    assert pooling.trimmed(scores).tolist() == [[0, 1]]


def test_samples_weigh_by_the_inverse_of_their_deviation():
    scores = np.array([[[3.0], [0.0], [0.0], [1.0]]])
    weights = 1 / np.array([2.0, 1.0, 1.0, 0.0001]) ** 2
    assert pooling.inverse_variance(scores)[0, 0] == pytest.approx(
        (weights * [3, 0, 0, 1]).sum() / weights.sum(), abs=1e-3
    )


def test_samples_weigh_by_their_variance_over_the_classes():
    scores = np.array([[[2.0, -2.0], [1.0, -1.0], [0.0, 0.0]]])
    assert np.allclose(pooling.class_variance(scores), [[(4 * 2 + 1) / 5, -(4 * 2 + 1) / 5]])


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_one_sample_is_the_video(name):
    assert np.allclose(pooling.POOLINGS[name](samples[:, :1]), samples[:, 0])


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_samples_that_are_alike_are_the_video(name):
    assert np.allclose(pooling.POOLINGS[name](np.repeat(samples[:, :1], 5, axis=1)), samples[:, 0])


def test_several_poolings_at_once_are_the_same_as_one_by_one():
    samples = np.random.default_rng(0).normal(size=(6, 7, 4))
    together = pooling.by_each(samples, pooling.deviation(samples), pooling.POOLINGS)
    for name, pooled in zip(pooling.POOLINGS, together, strict=True):
        assert (pooled == pooling.POOLINGS[name](samples)).all()
