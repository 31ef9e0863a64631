"""The simplest candidate within one standard error of the best, of those that get as many right as the average."""

import numpy as np
import pytest

from twostream.fusion import choice, fixed_rules, parts, rules, search
from twostream.fusion.evidence import Evidence

VIDEOS = 200
ALONE = np.arange(VIDEOS)


def evidence(mean, right=110, noise=0.5, seed=0):
    """Return log-likelihoods with this mean and noise, and so many videos that are right."""
    logs = mean + noise * np.random.default_rng(seed).normal(size=VIDEOS)
    return Evidence(np.arange(VIDEOS) < right, logs)


def test_the_likeliest_is_taken_where_it_is_clearly_better():
    known = {"average": evidence(-1, right=100), "scales": evidence(-0.9, seed=1), "stacked": evidence(-0.5, seed=2)}
    assert choice.choose(known, ALONE) == "stacked"


def test_the_simpler_one_is_taken_within_a_standard_error():
    known = {"stacked": evidence(-0.5, seed=1), "scales": evidence(-0.52, seed=2), "average": evidence(-1, right=100)}
    assert choice.choose(known, ALONE) == "scales"


def test_the_error_is_that_of_the_paired_difference():
    """Candidates that are alike in every video are told apart by differences that are small beside their variance."""
    known = {"average": evidence(-1, right=100), "scales": evidence(-0.52), "stacked": evidence(-0.5)}
    assert choice.choose(known, ALONE) == "stacked"


def test_the_error_grows_where_videos_go_together():
    step = np.repeat(np.random.default_rng(3).normal(size=10), 20)
    base = evidence(-0.5).log_likelihood
    fewer, more = (np.arange(VIDEOS) < right for right in (100, 140))
    known = {"average": Evidence(fewer, base - 0.1 + 0.5 * (step - step.mean())), "stacked": Evidence(more, base)}
    assert choice.choose(known, ALONE) == "stacked"
    assert choice.choose(known, np.repeat(np.arange(10), 20)) == "average"


@pytest.mark.parametrize("right", [90, 100, 101])
def test_a_candidate_that_is_no_standard_error_above_the_average_is_left_out(right):
    known = {
        "average": evidence(-1, right=100),
        "stacked": evidence(-0.2, right=right),
        "scales": evidence(-0.9, seed=1),
    }
    assert choice.choose(known, ALONE) == "scales"


@pytest.mark.parametrize("names", [[*parts.ROWS, search.RAW, search.ANY]])
def test_every_candidate_has_its_place_in_the_order(names):
    assert {*names, "average", "max", *rules.RATIOS} <= set(choice.SIMPLEST_FIRST)
    assert fixed_rules.FixedRule("variance-based", {"over": "samples"}, np.zeros(0)).name in choice.SIMPLEST_FIRST
