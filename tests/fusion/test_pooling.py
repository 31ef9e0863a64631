import numpy as np
import pytest

from twostream.fusion import pooling

samples = np.random.default_rng(0).normal(0, 3, (7, 5, 6))


def pool(name, scores):
    return pooling.pool(scores, name)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 12, 25, 40])
def test_as_numpy_has_it(count):
    """In 150 classes: more than are put in order at once, and equal scores among them."""
    samples = np.random.default_rng(count).normal(0, 3, (3, count, 150)).round(1)
    assert np.allclose(pool("mean", samples), np.mean(samples, axis=1))
    assert np.array_equal(pool("max", samples), np.max(samples, axis=1))
    assert np.allclose(pool("median", samples), np.median(samples, axis=1))
    assert np.allclose(pool("top_k", samples), np.sort(samples, axis=1)[:, -3:].mean(axis=1))


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 9, 101])
def test_samples_are_measured_as_numpy_does(classes):
    scores = np.random.default_rng(classes).normal(5, 3, (4, 7, classes))
    measured = pooling.measure(scores)
    assert np.allclose(measured.variances, scores.var(axis=-1))
    assert np.allclose(measured.deviations, ((scores - scores.mean(axis=1, keepdims=True)) ** 2).mean(axis=-1))


def test_scores_far_from_the_mean_are_trimmed():
    scores = np.array([[[0.0, 1.0]] * 3 + [[9.0, -9.0]]])
    assert pool("trimmed", scores).tolist() == [[0, 1]]


def test_samples_weigh_by_the_inverse_of_their_deviation():
    scores = np.array([[[3.0], [0.0], [0.0], [1.0]]])
    weights = 1 / np.array([2.0, 1.0, 1.0, 0.0001]) ** 2
    assert pool("inverse_variance", scores)[0, 0] == pytest.approx(
        (weights * [3, 0, 0, 1]).sum() / weights.sum(), abs=1e-3
    )


def test_samples_weigh_by_their_variance_over_the_classes():
    scores = np.array([[[2.0, -2.0], [1.0, -1.0], [0.0, 0.0]]])
    assert np.allclose(pool("spread", scores), [[(4 * 2 + 1) / 5, -(4 * 2 + 1) / 5]])


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_one_sample_is_the_video(name):
    assert np.allclose(pool(name, samples[:, :1]), samples[:, 0])


@pytest.mark.parametrize("name", pooling.POOLINGS)
def test_samples_that_are_alike_are_the_video(name):
    assert np.allclose(pool(name, np.repeat(samples[:, :1], 5, axis=1)), samples[:, 0])


def test_several_poolings_at_once_are_the_same_as_one_by_one():
    samples = np.random.default_rng(0).normal(size=(6, 7, 4))
    together = pooling.pool_by_each(samples, pooling.measure(samples), pooling.POOLINGS)
    for name, pooled in zip(pooling.POOLINGS, together, strict=True):
        assert (pooled == pool(name, samples)).all()
