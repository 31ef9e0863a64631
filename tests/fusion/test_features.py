import numpy as np

from support.scores import features


def test_the_moments_without_some_folds_are_those_of_the_other_videos():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 40)
    shared = features(rng.normal(size=(2, 40, 3)), labels)
    train = np.arange(40) % 4 > 1
    values, moments = shared.values[train], shared.moments(0, 1)
    assert moments.counts.tolist() == np.bincount(labels[train], minlength=3).tolist()
    assert np.allclose(moments.centre, values.mean(axis=0), atol=1e-6)
    assert np.allclose(moments.means, [values[labels[train] == c].mean(axis=0) for c in range(3)], atol=1e-6)
    assert np.allclose(moments.products, values.T @ values, rtol=1e-5)


def test_a_class_without_videos_has_the_mean_of_all():
    shared = features(np.random.default_rng(0).normal(size=(1, 8, 3)), [0, 1] * 4)
    moments = shared.moments(0)
    assert np.allclose(moments.means[2], moments.centre)
