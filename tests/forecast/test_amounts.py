"""How much work a stage has, against arithmetic by hand."""

import pytest

from support.videos import entry
from twostream.config import check
from twostream.forecast import amounts
from twostream.forecast.amounts import Part, Work

A = entry("a/1.avi", frames=11, width=320, height=240)
B = entry("b/1.avi", frames=21, width=640, height=480)
SETTINGS = check.check({"streams": {"x": {"modality": "flow", "segments": 3}}})


def test_frames_are_decoded_at_their_size_and_stored_at_another():
    # 320 x 240 and 640 x 480 are both 80 x 60 at a short side of 60.
    of_a, of_b = 11 * 320 * 240, 21 * 640 * 480
    decoded, apart = of_a + of_b, (Part(of_a, of_a), Part(of_b, of_b))
    assert amounts.of_frames([[A], [B]], 60) == Work(jobs=2, units=decoded, stored=32 * 80 * 60, parts=apart)
    one = (Part(decoded, longest=of_b),)
    assert amounts.of_frames([[A, B]], None) == Work(jobs=1, units=decoded, stored=decoded, parts=one)
    assert amounts.of_index([A, B]) == Work(jobs=1, units=decoded, stored=0, parts=one)


def test_flow_is_of_pairs_one_fewer_than_frames():
    part = Part(30 * 80 * 60, longest=20 * 80 * 60)
    assert amounts.of_flow([[A, B]], 60) == Work(jobs=1, units=part.units, stored=part.units, parts=(part,))


def test_flow_of_every_fourth_frame_is_a_quarter_and_one_field_at_least():
    assert amounts.of_flow([[A, B]], 60, step=4).units == (2 + 5) * 80 * 60
    assert amounts.of_flow([[A, B]], 60, step=15).units == (1 + 1) * 80 * 60


def test_training_is_three_passes_a_stack_and_validation_one_a_view():
    # Five positions of the centre crop of each validation video, in each epoch.
    stream = SETTINGS["streams"]["x"] | {"validation": SETTINGS["validation"]}
    assert amounts.of_training(stream, train=14, validation=4, epochs=2).units == 2 * (3 * 14 * 3 + 4 * 5)
    assert amounts.of_training(stream, train=14, validation=0, epochs=12).units == 12 * 3 * 14 * 3


@pytest.mark.parametrize(
    ("test", "views", "kept"),
    [
        ({"protocol": "ref19"}, 19, 19),
        ({"protocol": "tsn25x10"}, 250, 25),
        ({"protocol": "tsn25x10", "keep_crops": True}, 250, 250),
        ({"protocol": "center25", "samples": 3, "crops": 5}, 15, 3),
    ],
)
def test_a_test_video_is_scored_once_a_view(test, views, kept):
    settings = check.check({"test": test, "streams": {"x": {"modality": "rgb"}}})["test"]
    assert amounts.of_scoring(settings, videos=10, classes=6) == Work(jobs=1, units=10 * views, stored=10 * kept * 6)


def test_fusion_takes_the_scores_of_all_streams():
    assert amounts.of_fusion(streams=2, samples=19, videos=10, classes=6).units == 2 * 19 * 10 * 6
