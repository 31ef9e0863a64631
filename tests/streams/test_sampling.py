import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.streams import sampling

LENGTHS = range(1, 401)
pairs = st.integers(1, 400)
stacks = st.integers(1, 15)


def starts(name: str, length: int, stack: int, samples: int | None = None) -> list[int]:
    return sampling.test_starts(sampling.protocol(name, samples), length, stack).tolist()


def test_ref19_is_the_references_rule():
    # F = 163 pairs, L = 10: int(154 / 19) = 8, so 0, 8, ..., 144.
    assert starts("ref19", 163, 10) == list(range(0, 145, 8))


def test_tsn25_is_the_rule_of_temporal_segment_networks():
    # N = 164 frames, L = 5: tick = 160 / 25 = 6.4, int(3.2 + 6.4 k).
    expected = [int(6.4 / 2 + 6.4 * k) for k in range(25)]
    assert starts("tsn25x10", 163, 5) == expected
    assert starts("center25", 163, 5) == expected


@pytest.mark.parametrize("stack", [1, 5, 10])
def test_the_formulas_hold_for_videos_of_every_length(stack):
    """N = F + 1 frames; a start beyond the last stack that fits is that one, and 0 where none fits."""
    for length in LENGTHS:
        last = max(length - stack, 0)
        step = int((length - stack + 1) / 19) if length >= stack else 0
        assert starts("ref19", length, stack) == [min(k * step, last) for k in range(19)]
        tick = max(length + 1 - stack + 1, 0) / 25
        centres = [min(int(tick / 2 + tick * k), last) for k in range(25)]
        assert starts("tsn25x10", length, stack) == starts("center25", length, stack) == centres


def test_a_stack_of_every_third_field_begins_at_or_before_its_frame_and_fits():
    # 100 frames have 33 fields of 3 frames; a stack of 10 can begin at the 24th.
    assert sampling.in_steps([0, 2, 3, 50, 89], 3, 33, 10).tolist() == [0, 0, 1, 16, 23]
    assert sampling.in_steps([0, 5], 3, 4, 10).tolist() == [0, 0]


@pytest.mark.parametrize("rule", ["segments", "random"])
@pytest.mark.parametrize("stack", [1, 10])
def test_training_starts_fit_in_videos_of_every_length(rule, stack):
    for length in LENGTHS:
        starts = sampling.train_starts(np.random.default_rng(length), length, stack, 3, rule)
        assert starts.shape == (3,)
        assert starts.min() >= 0
        assert starts.max() <= max(length - stack, 0)


@pytest.mark.parametrize(("crops", "cut"), [(None, "ten"), (1, "centre"), (5, "five"), (10, "ten")])
def test_crops_and_places_can_be_other_than_the_protocols(crops, cut):
    assert sampling.protocol("tsn25x10", None, crops) == sampling.Protocol(25, "centre", cut)
    assert sampling.protocol("tsn25x10", 7, crops) == sampling.Protocol(7, "centre", cut)


@given(st.sampled_from(sorted(sampling.PROTOCOLS)), pairs, stacks, st.none() | st.integers(1, 40))
def test_test_starts_are_as_many_as_asked_in_order_and_fit(protocol, pairs, stack, samples):
    drawn = starts(protocol, pairs, stack, samples)
    assert len(drawn) == (samples or sampling.PROTOCOLS[protocol].samples)
    assert drawn == sorted(drawn)
    assert drawn[0] >= 0
    assert drawn[-1] <= max(pairs - stack, 0)


@given(pairs, stacks, st.integers(1, 8), st.integers(0, 10))
def test_segments_are_drawn_from_one_by_one(length, stack, segments, seed):
    starts = sampling.train_starts(np.random.default_rng(seed), length, stack, segments)
    count = max(length - stack + 1, 1)
    if count >= segments:
        edges = np.arange(segments + 1) * count // segments
        assert ((edges[:-1] <= starts) & (starts < edges[1:])).all()
    else:
        assert ((starts >= 0) & (starts < count)).all()


@pytest.mark.parametrize("rule", ["segments", "random"])
def test_every_place_is_drawn(rule):
    rng = np.random.default_rng(0)
    first_frames = {int(start) for _ in range(500) for start in sampling.train_starts(rng, 20, 5, 3, rule)}
    assert first_frames == set(range(16))


def test_random_starts_are_in_no_order():
    rng = np.random.default_rng(0)
    assert any(first > last for first, _, last in (sampling.train_starts(rng, 20, 5, 3, "random") for _ in range(50)))


@pytest.mark.parametrize("protocol", sorted(sampling.PROTOCOLS))
def test_a_video_shorter_than_the_stack_is_sampled_at_its_start(protocol):
    assert set(starts(protocol, 4, 10)) == {0}
