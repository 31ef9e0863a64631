import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twostream import metrics


@given(arrays(float, (6, 5), elements=st.integers(-3, 3)), arrays(np.int64, 6, elements=st.integers(0, 4)))
def test_ranks_are_those_of_a_stable_sort(scores, labels):
    order = np.argsort(-scores, axis=1, kind="stable")
    expected = [list(row).index(label) for row, label in zip(order, labels, strict=True)]
    assert metrics.ranks(scores, labels).tolist() == expected


def test_a_tie_goes_to_the_first_class():
    assert metrics.ranks(np.zeros((2, 3)), np.array([0, 2])).tolist() == [0, 2]


def test_mean_class_accuracy_weighs_classes_alike():
    ranks, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 1])
    assert metrics.top(ranks, 1) == 75
    assert metrics.mean_class_accuracy(ranks, labels) == 50


def test_a_class_without_videos_counts_for_nothing():
    right, labels = np.array([True, False]), np.array([0, 2])
    assert np.isnan(metrics.class_accuracy(right, labels, 4)).tolist() == [False, True, False, True]
    assert metrics.mean_class_accuracy(np.array([0, 1]), labels) == 50


def test_confusion_has_right_classes_in_its_rows():
    matrix = metrics.confusion(np.array([1, 1, 0]), np.array([0, 1, 0]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_calibration_error_is_what_confidence_exceeds_accuracy_by():
    chances = np.tile([0.9, 0.1], (10, 1))
    rows = metrics.calibration(chances, np.array([0] * 6 + [1] * 4))
    assert rows["ece"] == pytest.approx(30)
    assert rows["bins"] == [{"videos": 10, "accuracy": 60, "confidence": pytest.approx(90)}]
