"""The videos of an epoch: all once, or all classes equally often; in the same order for the same seed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.compute.distributed import ProcessGroup
from twostream.streams.epoch_order import EpochOrder, SampleIndex, draw_balanced
from twostream.training.rank_order import RankOrder

LABELS = [0] * 20 + [1] * 3 + [4] * 6


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_classes_and_the_videos_within_one_come_equally_often_to_one(labels, seed):
    positions = draw_balanced(labels, np.random.default_rng(seed))
    assert len(positions) == len(labels)
    by_class = Counter(labels[position] for position in positions)
    counts = [by_class[label] for label in set(labels)]
    assert max(counts) - min(counts) <= 1
    for label in set(labels):
        of_videos = [list(positions).count(n) for n, own in enumerate(labels) if own == label]
        assert max(of_videos) - min(of_videos) <= 1


def test_over_many_epochs_classes_come_equally_often_and_so_do_their_videos():
    """Of 29 videos 29 / 3 a class are expected; counts of one epoch differ by at most one from that."""
    order = EpochOrder(len(LABELS), 8, 5, LABELS)
    positions = Counter(sample.position for epoch in range(600) for batch in order.of_epoch(epoch) for sample in batch)
    for label in set(LABELS):
        own = [positions[n] / 600 for n, other in enumerate(LABELS) if other == label]
        assert sum(own) == pytest.approx(29 / 3, abs=0.1)
        assert own == pytest.approx([29 / 3 / len(own)] * len(own), rel=0.15)


def test_an_epoch_is_the_same_again_and_another_than_the_next():
    first, again = (EpochOrder(len(LABELS), 8, 5, LABELS) for _ in range(2))
    list(first.of_epoch(0))
    assert list(first.of_epoch(3)) == list(again.of_epoch(3)) != list(again.of_epoch(4))
    assert list(first.of_epoch(3)) != list(EpochOrder(len(LABELS), 8, 6, LABELS).of_epoch(3))


def test_a_video_that_comes_again_is_cropped_anew():
    batches = list(EpochOrder(len(LABELS), 8, 5, LABELS))
    samples = [sample for batch in batches for sample in batch]
    assert len(set(samples)) == len(samples) == 29
    assert max(sample.repeat for sample in samples) == 3
    draws = {np.random.default_rng(SampleIndex(2, 7, repeat).seed(1)).random() for repeat in range(4)}
    assert len(draws) == 4
    assert SampleIndex(2, 7).seed(1) == [1, 2, 7]


@pytest.mark.parametrize("labels", [None, LABELS])
def test_processes_have_the_parts_of_the_same_batches(labels):
    order = EpochOrder(len(LABELS), 8, 5, labels)
    ranks = [RankOrder(order, range(1, 3), 1, ProcessGroup(rank, 2)) for rank in range(2)]
    whole = [batch for epoch in (1, 2) for batch in order.of_epoch(epoch)]
    assert [sorted(one + other) for one, other in zip(*ranks, strict=True)] == [sorted(batch) for batch in whole]
