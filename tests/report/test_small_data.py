"""What the page says of small data: how many videos had which part, few recordings, and gains that may be chance."""

import re

import pytest

from support.reports import made_up
from twostream.report import checks, data_plots, derive, methods, page
from twostream.report.colours import BETTER, NEUTRAL, WORSE
from twostream.report.sections import brief, notices


@pytest.fixture
def report():
    """A report of 5 videos trained on, 4 held out and 12 tested, where a tenth was to be held out."""
    report = made_up(videos=12)
    for row in report["streams"]:
        row |= {"training_videos": 5, "validation_videos": 4}
    report["videos"]["train"] = 9
    report["config"]["validation"] = {"by": "group", "fraction": 0.1}
    return report


def test_the_numbers_of_videos_are_those_that_training_used(report):
    assert derive.video_counts(report) == {"train": 5, "validation": 4, "test": 12}
    assert brief.counted_videos(report) == "5 training, 4 validation and 12 test videos"
    html = page.render(report)
    assert "Of the training videos 5 were trained on, and 4 held out to choose the epoch on." in html
    assert "5 training videos, 4 validation videos and 12 test videos" in methods.paragraph(report)


def test_test_videos_that_an_epoch_was_chosen_on_are_not_counted_twice(report):
    for row in report["streams"]:
        row |= {"validation_videos": 12, "best_epoch_on": "test"}
    assert derive.video_counts(report) == {"train": 5, "test": 12}


def test_where_training_does_not_say_it_the_index_does(report):
    for row in report["streams"]:
        del row["training_videos"], row["validation_videos"]
    assert derive.video_counts(report) == {"train": 9, "test": 12}


def test_more_that_is_held_out_than_was_asked_for_is_a_warning(report):
    (warning,) = [text for text in notices.notices(report)["warnings"] if "held out" in text]
    assert warning.startswith("4 of 9 training videos (44%) are held out to choose the epoch on, and not the 10%")
    report["config"]["validation"]["fraction"] = 0.42
    assert not any("held out" in text for text in notices.notices(report)["warnings"])


def test_few_recordings_of_a_class_are_a_warning_at_the_top_of_the_page(report):
    few = {"name": checks.FEW_RECORDINGS, "verdict": "warn", "reason": "fewer than 3", "worst": ["a: 2", "b: 1"]}
    report["checks"] = [few]
    assert "few recordings: fewer than 3 (a: 2; b: 1)" in notices.notices(report)["warnings"]
    report["checks"] = [few | {"verdict": "pass"}]
    assert not any("few recordings" in text for text in notices.notices(report)["warnings"])


def of_one_class(videos, rescued):
    """A report of one class of so many videos, of which only the fusion gets `rescued` right, the rest nobody."""
    fused = [0] * rescued + [1] * (videos - rescued)
    return {
        "class_names": ["a", "b"],
        "streams": [{"stream": "s"}],
        "classes": [{"class": "a", "videos": videos, "top1": 100 * rescued / videos, "gain": {"s": 0.0}}],
        "predictions": {
            "video": [f"v{n}" for n in range(videos)],
            "label": [0] * videos,
            "predicted": {"fused": fused, "s": [1] * videos},
        },
    }


@pytest.mark.parametrize(("videos", "rescued", "colour"), [(2, 1, NEUTRAL), (40, 30, BETTER)])
def test_a_gain_whose_interval_holds_zero_is_not_green(videos, rescued, colour):
    (row,) = derive.class_gains(of_one_class(videos, rescued))
    assert row["gain"] > 0 and row["is_clear"] is (colour == BETTER)
    (bar,) = data_plots.gains([row])["data"]["values"]
    assert bar["colour"] == colour


def test_a_clear_loss_is_red():
    (row,) = derive.class_gains(of_one_class(40, 30))
    assert data_plots.gains([row | {"gain": -5.0}])["data"]["values"][0]["colour"] == WORSE


@pytest.mark.parametrize(("interval", "css"), [([-1.0, 9.0], ""), ([0.5, 9.0], "better"), ([-9.0, -0.5], "worse")])
def test_the_gain_of_the_answer_is_green_only_where_it_is_clear(report, interval, css):
    for row in report["mcnemar"]:
        row |= {"gain": 4.0, "gain_ci95": interval, "gained": 3, "lost": 2}
    shown = re.findall(r'<li><b class="(\w*)">', page.render(report))
    assert shown and set(shown) == {css}
