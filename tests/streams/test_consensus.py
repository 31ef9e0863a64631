import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from twostream.streams import consensus

SCORES = arrays(np.float64, array_shapes(min_dims=3, max_dims=3, max_side=6), elements=st.floats(-20, 20, width=32))


@given(SCORES)
def test_average_and_max_are_numpys(scores):
    assert np.allclose(consensus.combine(torch.from_numpy(scores), "average", 1), scores.mean(axis=1))
    assert np.array_equal(consensus.combine(torch.from_numpy(scores), "max", 1), scores.max(axis=1))


@given(SCORES, st.integers(1, 8))
def test_top_k_is_the_mean_of_the_k_highest_of_each_class(scores, k):
    expected = np.sort(scores, axis=1)[:, ::-1][:, :k].mean(axis=1)
    assert np.allclose(consensus.combine(torch.from_numpy(scores), "top_k", k), expected)


@given(SCORES)
def test_variance_weighs_each_segment_by_its_variance_over_the_classes(scores):
    """The formula, a video and a segment at a time."""
    combined = consensus.combine(torch.from_numpy(scores), "variance", 1).numpy()
    for video, result in zip(scores, combined, strict=True):
        variances = [np.var(segment) for segment in video]
        if sum(variances) > 1e-9:
            expected = sum(v * segment for v, segment in zip(variances, video, strict=True)) / sum(variances)
            assert np.allclose(result, expected, atol=1e-6)
        elif sum(variances) == 0:
            assert np.allclose(result, video.mean(axis=0))


def test_the_surer_segment_decides():
    sure, unsure = [9.0, 0.0, 0.0], [0.0, 1.0, 0.5]
    agreed = consensus.variance(torch.tensor([[sure, unsure]]))[0]
    assert agreed.argmax() == 0
    assert agreed[0] > 8.5


@pytest.mark.parametrize("rule", ["average", "max", "top_k", "variance"])
def test_a_consensus_can_be_learnt_through(rule):
    scores = torch.zeros(2, 3, 4, requires_grad=True)
    consensus.combine(scores, rule, 2).sum().backward()
    assert torch.isfinite(scores.grad).all()
    assert scores.grad.abs().sum() > 0
