"""The fits that one inverse gives against fits on the other videos alone."""

import numpy as np
import pytest

from support.scores import features
from twostream.fusion import kernel_ridge
from twostream.fusion.kernel_ridge import KernelRidge


def labelled_scores():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 80)
    return rng.normal(size=(2, 80, 4)) + np.eye(4)[labels], labels


@pytest.mark.parametrize("left_out", [(0,), (1, 3)])
def test_it_is_ridge_regression_on_the_other_videos(left_out):
    scores, labels = labelled_scores()
    out = np.isin(np.arange(80) % 4, left_out)
    standardised = (scores - scores.mean(axis=2, keepdims=True)) / scores.std(axis=2, keepdims=True)
    values = np.concatenate(standardised, axis=1)
    distances = ((values[:, None] - values) ** 2).sum(axis=2)
    kernel = np.exp(-distances / (2 * values.shape[1]))
    targets = np.eye(4)[labels[~out]] - 1 / 4
    solution = np.linalg.solve(kernel[~out][:, ~out] + kernel_ridge.RIDGE * np.eye((~out).sum()), targets)
    fitted = KernelRidge(features(scores, labels)).fit(left_out, None)
    assert np.allclose(fitted[0], kernel[out][:, ~out] @ solution, atol=1e-4)


def test_labels_that_are_left_out_have_no_part_to_the_last_bit():
    scores, labels = labelled_scores()
    changed = np.where(np.arange(80) % 4 == 2, (labels + 1) % 4, labels)
    one, other = (KernelRidge(features(scores, own)).fit((2,), None) for own in (labels, changed))
    assert (one == other).all()


def test_constant_scores_stay_finite():
    assert np.isfinite(KernelRidge(features(np.ones((2, 12, 3)), np.arange(12) % 3)).fit((0,), None)).all()
