"""Intervals and paired tests, against formulas, against SciPy and against a count of all signs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from twostream import certainty

ALONE = np.arange(400).astype(str)


def of_size(size, videos):
    """Return the recording of each video, `size` of them each."""
    return (np.arange(videos) // size).astype(str)


def test_the_interval_of_single_videos_is_wilsons():
    ci = binomtest(300, 400).proportion_ci(method="wilson")
    assert certainty.interval(np.arange(400) < 300, ALONE) == pytest.approx((100 * ci.low, 100 * ci.high))


@pytest.mark.parametrize(("right", "videos"), [(18, 18), (89, 90), (0, 18), (3783, 3783)])
def test_the_interval_does_not_collapse_near_0_and_100_percent(right, videos):
    exact = binomtest(right, videos).proportion_ci()
    low, high = certainty.interval(np.arange(videos) < right, of_size(2, videos))
    assert 0 <= low <= 100 * max(exact.low, right / videos - 0.02) + 0.1
    assert 100 * right / videos <= high <= 100
    assert high - low > 0.9 * 100 * (exact.high - exact.low)


def test_89_of_90_videos_begin_at_94_or_below():
    assert certainty.interval(np.arange(90) < 89, of_size(1, 90))[0] == pytest.approx(94.0, abs=0.1)
    assert certainty.interval(np.arange(90) < 89, of_size(2, 90))[0] < 94.0


def test_recordings_that_are_right_or_wrong_as_a_whole_count_as_one_video_each():
    right = np.repeat(np.arange(40) < 30, 10)
    alike, mixed = certainty.interval(right, of_size(10, 400)), certainty.interval(right, ALONE)
    wilson = binomtest(30, 40).proportion_ci(method="wilson")
    assert alike == pytest.approx((100 * wilson.low, 100 * wilson.high), abs=2)
    assert alike[0] < mixed[0] < mixed[1] < alike[1]


def test_one_recording_says_as_little_as_one_video():
    low, high = certainty.interval(np.ones(50, bool), np.full(50, "g"))
    assert (low, high) == (pytest.approx(7.5, abs=0.1), 100)


@given(st.integers(1, 60), st.integers(1, 7), st.randoms(use_true_random=False))
def test_an_interval_holds_the_accuracy(videos, size, random):
    right = np.array([random.random() < 0.8 for _ in range(videos)])
    low, high = certainty.interval(right, of_size(size, videos))
    assert 0 <= low <= 100 * right.mean() <= high <= 100


def test_mcnemar_is_the_binomial_test_of_what_differs():
    """9 to 1: 2 (10 + 1) / 2^10."""
    ours, theirs = np.arange(20) < 14, (np.arange(20) < 5) | (np.arange(20) == 19)
    assert certainty.mcnemar(ours, theirs) == {"gained": 9, "lost": 1, "p": pytest.approx(22 / 1024)}


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_the_test_by_recording_counts_all_signs(differences):
    values = np.array(differences, float)
    sums = [abs(np.dot(signs, values)) for signs in product((-1, 1), repeat=len(values))]
    assert certainty.sign_flip(values) == pytest.approx(np.mean(np.array(sums) >= abs(values.sum())))


def test_of_single_videos_the_test_by_recording_is_mcnemars():
    rng = np.random.default_rng(0)
    ours, theirs = rng.random(400) < 0.7, rng.random(400) < 0.6
    row = certainty.gain(ours, theirs, ALONE)
    assert row["p_recordings"] == pytest.approx(row["p"])


def test_clips_that_go_together_are_less_evidence_than_mcnemar_takes_them_for():
    """6 recordings of 5 clips each are gained as a whole: p is 2 / 2^6, and not 2 / 2^30."""
    ours, theirs = np.ones(60, bool), np.arange(60) >= 30
    row = certainty.gain(ours, theirs, of_size(5, 60))
    assert (row["p"], row["p_recordings"]) == (pytest.approx(2 / 2**30), pytest.approx(2 / 2**6))


def test_the_interval_of_a_gain_is_that_of_the_paired_differences():
    rng = np.random.default_rng(0)
    theirs = rng.random(4000) < 0.8
    ours = theirs ^ (rng.random(4000) < np.where(theirs, 0.02, 0.4))
    row = certainty.gain(ours, theirs, np.arange(4000).astype(str))
    difference = 100 * (ours.astype(float) - theirs)
    half = 1.96 * difference.std() / np.sqrt(4000)
    assert row["gain"] == pytest.approx(difference.mean(), abs=1e-4)
    assert row["gain_ci95"] == pytest.approx([difference.mean() - half, difference.mean() + half], abs=0.03)


def test_clusters_make_the_interval_of_a_gain_wider():
    ours, theirs = np.ones(400, bool), np.repeat(np.arange(40) >= 8, 10)
    single, together = (certainty.gain(ours, theirs, each)["gain_ci95"] for each in (ALONE, of_size(10, 400)))
    assert together[0] < single[0] < 20 < single[1] < together[1]


def test_two_ways_that_are_right_on_the_same_videos_have_an_interval_too():
    right = np.arange(90) < 89
    row = certainty.gain(right, right, of_size(2, 90))
    assert (row["gain"], row["gained"], row["lost"], row["p"], row["p_recordings"]) == (0, 0, 0, 1, 1)
    assert row["gain_ci95"][0] == pytest.approx(-row["gain_ci95"][1])
    assert 2 < row["gain_ci95"][1] < 5
