import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream import sampling

pairs = st.integers(1, 400)
stacks = st.integers(1, 15)


def test_ref19_is_the_references_rule():
    # F = 163 pairs, L = 10: int(154 / 19) = 8, so 0, 8, ..., 144.
    assert sampling.test_starts("ref19", 163, 10).tolist() == list(range(0, 145, 8))


def test_tsn25_is_the_rule_of_temporal_segment_networks():
    # N = 164 frames, L = 5: tick = 160 / 25 = 6.4, int(3.2 + 6.4 k).
    expected = [int(6.4 / 2 + 6.4 * k) for k in range(25)]
    assert sampling.test_starts("tsn25x10", 163, 5).tolist() == expected
    assert sampling.test_starts("center25", 163, 5).tolist() == expected


@given(st.sampled_from(sorted(sampling.PROTOCOLS)), pairs, stacks, st.none() | st.integers(1, 40))
def test_test_starts_are_as_many_as_asked_in_order_and_fit(protocol, pairs, stack, samples):
    starts = sampling.test_starts(protocol, pairs, stack, samples)
    assert len(starts) == (samples or sampling.PROTOCOLS[protocol].samples)
    assert (np.diff(starts) >= 0).all()
    assert starts.min() >= 0
    assert starts.max() <= max(pairs - stack, 0)


@given(pairs, stacks, st.integers(1, 8), st.integers(0, 10))
def test_train_starts_fit_and_stand_in_their_segments(length, stack, segments, seed):
    starts = sampling.train_starts(np.random.default_rng(seed), length, stack, segments)
    places = max(length - stack + 1, 1)
    assert starts.shape == (segments,)
    assert ((starts >= 0) & (starts < places)).all()
    if places >= segments:
        edges = np.arange(segments + 1) * places // segments
        assert ((edges[:-1] <= starts) & (starts < edges[1:])).all()


def test_every_place_is_drawn():
    rng = np.random.default_rng(0)
    drawn = {int(start) for _ in range(500) for start in sampling.train_starts(rng, 20, 5, 3)}
    assert drawn == set(range(16))


@pytest.mark.parametrize("protocol", sorted(sampling.PROTOCOLS))
def test_a_video_shorter_than_the_stack_is_sampled_at_its_start(protocol):
    assert set(sampling.test_starts(protocol, 4, 10).tolist()) == {0}
