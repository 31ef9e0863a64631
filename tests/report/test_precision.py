"""One video's resolution decides the decimals."""

import pytest

from twostream.report import precision


@pytest.mark.parametrize(("videos", "decimals"), [(18, 1), (90, 1), (1000, 1), (1530, 2), (3783, 2), (19796, 3)])
def test_decimals_tell_one_video_from_the_next(videos, decimals):
    assert precision.decimals(videos) == decimals
    assert precision.percent(100 * 7 / videos, videos) != precision.percent(100 * 8 / videos, videos)


def test_differences_have_a_sign_and_intervals_two_ends():
    assert precision.signed(-0.25, 3783) == "\N{MINUS SIGN}0.25"
    assert precision.interval(-0.5, 1.25, 90) == "\N{MINUS SIGN}0.5 to 1.2"
