"""Streams at chance, and streams whose classes stand in another order."""

import numpy as np
import pytest

from twostream.fusion import alignment

CLASSES = 20
LABELS = np.arange(400) % CLASSES
ALONE = np.arange(400)
NAMES = [f"class{c}" for c in range(CLASSES)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def weak(rng, strength=1.5):
    return rng.normal(size=(400, CLASSES)) + strength * np.eye(CLASSES)[LABELS]


def test_a_weak_stream_in_the_lists_order_is_left_alone(rng):
    fit = alignment.examine(weak(rng), LABELS, ALONE)
    assert (fit.is_at_chance, fit.is_misordered) == (False, False)
    assert alignment.warning("flow", fit, NAMES) == ""


@pytest.mark.parametrize("how", ["all", "shifted", "swapped"])
def test_another_order_is_found_and_told_in_one_line(rng, how):
    order = {"all": rng.permutation(CLASSES), "shifted": np.roll(np.arange(CLASSES), 1), "swapped": np.arange(CLASSES)}
    columns = order[how]
    if how == "swapped":
        columns[[3, 7]] = columns[[7, 3]]
    fit = alignment.examine(weak(rng, 3)[:, columns], LABELS, ALONE)
    assert fit.is_misordered
    assert list(fit.order) == np.argsort(columns).tolist()
    text = alignment.warning("flow", fit, NAMES)
    assert "\n" not in text
    if how == "swapped":
        assert "where column 3 is class7, column 7 is class3 (by the test labels, which say only" in text
    if how == "shifted":
        assert "where column 0 is class19, column 1 is class0, column 2 is class1, column 3 is class2" in text
        assert "and 15 more" in text


@pytest.mark.parametrize("kind", ["noise", "constant", "other videos"])
def test_a_stream_at_chance_is_named_and_given_no_order(rng, kind):
    scores = {
        "noise": rng.normal(size=(400, CLASSES)),
        "constant": np.tile(np.arange(CLASSES, dtype=float), (400, 1)),
        "other videos": rng.permutation(weak(rng, 4)),
    }
    fit = alignment.examine(scores[kind], LABELS, ALONE)
    assert (fit.is_at_chance, fit.is_misordered) == (True, False)
    assert alignment.warning("flow", fit, NAMES).startswith("flow is at chance: ")


def test_few_videos_are_no_sign_of_another_order(rng):
    for videos in (2, 6, 9, 18):
        labels = np.arange(videos) % 3
        assert not alignment.examine(rng.normal(size=(videos, 3)), labels, np.arange(videos)).is_misordered


def test_clips_of_one_recording_are_no_sign_of_another_order(rng):
    labels, recordings = np.repeat(np.arange(CLASSES), 18), np.repeat(np.arange(3 * CLASSES), 6)
    for _ in range(10):
        alike = rng.normal(scale=1.5, size=(3 * CLASSES, CLASSES))[recordings]
        scores = 0.5 * np.eye(CLASSES)[labels] + alike + rng.normal(scale=0.5, size=(len(labels), CLASSES))
        assert not alignment.examine(scores, labels, recordings).is_misordered


def test_two_swapped_classes_of_whole_recordings_are_noticed(rng):
    labels, recordings = np.repeat(np.arange(CLASSES), 20), np.repeat(np.arange(5 * CLASSES), 4)
    alike = rng.normal(size=(5 * CLASSES, CLASSES))[recordings]
    scores = 5 * np.eye(CLASSES)[labels] + alike + rng.normal(size=(len(labels), CLASSES))
    scores[:, [2, 3]] = scores[:, [3, 2]]
    assert alignment.examine(scores, labels, recordings).is_misordered


def test_a_stream_that_knows_something_of_uneven_classes_is_not_at_chance(rng):
    labels = np.repeat(np.arange(CLASSES), [210] + [10] * (CLASSES - 1))
    scores = rng.normal(size=(400, CLASSES)) + 2 * np.eye(CLASSES)[labels]
    assert (scores.argmax(axis=1) == labels).mean() < (labels == 0).mean() + 0.1
    assert not alignment.examine(scores, labels, ALONE).is_at_chance


def test_of_one_class_alone_nothing_is_said():
    fit = alignment.examine(np.ones((5, 1)), np.zeros(5, int), np.arange(5))
    assert alignment.warning("rgb", fit, NAMES) == ""
