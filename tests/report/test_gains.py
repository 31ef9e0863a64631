"""What fusion gains over another way, in words."""

import pytest

from twostream.report import gains

SAME = {"gain": 0.0, "gain_ci95": [-2.9, 2.9], "gained": 0, "lost": 0, "p": 1.0, "p_recordings": 1.0}
BETTER = {"gain": 10.4943, "gain_ci95": [8.5163, 12.4552], "gained": 451, "lost": 54, "p": 0.0, "p_recordings": 0.02}


def findings(*tests, top1=98.8889, videos=90):
    return {"fusion": [{"top1": top1, "videos": videos}], "mcnemar": list(tests)}


def test_the_same_videos_right_are_no_gain():
    (line,) = gains.lines(findings(SAME | {"against": "average"}))
    assert line == "Not better than the plain average (the same 89 of 90 videos are right)."


def test_a_gain_stands_with_its_paired_interval_and_both_tests():
    (line,) = gains.lines(findings(BETTER | {"against": "best stream: spatial"}, videos=3783))
    assert line == (
        "Better than spatial, the best single stream: +10.49 points (95 % interval 8.52 to 12.46; 451 videos gained, "
        "54 lost; p = 0.02 by recording, p < 0.0001 by McNemar's test of single videos)."
    )


@pytest.mark.parametrize(
    ("interval", "begins"), [([-0.1, 1.0], "No clear difference from"), ([-2.0, -0.5], "Worse than")]
)
def test_a_difference_that_may_be_chance_is_not_called_better(interval, begins):
    (line,) = gains.lines(findings(BETTER | {"against": "average", "gain": -0.3, "gain_ci95": interval}))
    assert line.startswith(f"{begins} the plain average: \N{MINUS SIGN}0.3 points")


def test_files_of_older_versions_have_counts_alone():
    old = {"against": "average", "gained": 2, "lost": 1, "p": 0.5}
    assert gains.lines(findings(old)) == ["Against the plain average: 2 videos gained, 1 lost."]
