"""Settings that came later are in no key while they change nothing: what was made before is still used."""

import pytest

from twostream.cache import keys, stages
from twostream.config import check, neutral
from twostream.plan import Plan
from twostream.survey import Survey

KEYS = {"extract_frames": "b4537d950ea9", "compute_flow": "af08198c58e0", "streams": "c29473d27140"}
"""What these keys were before `neutral.NEUTRAL` had its settings: the sections as they are by default."""


def keys_of(**settings: object) -> dict[str, str]:
    planned = Plan(check.check(settings), Survey(backend="fused", weights={}, decoder="d", rounding="r", reads="x"))
    stream = planned.settings["streams"]["spatial"] | {"validation": planned.settings["validation"]}
    return {
        "extract_frames": planned.video_key(stages.EXTRACT_FRAMES),
        "compute_flow": planned.video_key(stages.COMPUTE_FLOW),
        "streams": keys.digest(keys.canonical(neutral.for_key("streams", stream))),
    }


def test_the_keys_of_what_was_made_before_stay():
    assert keys_of() == KEYS


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"frames": {"fps": 25}}, {"extract_frames", "compute_flow"}),
        ({"flow": {"step": 2}}, {"compute_flow"}),
        (
            {"streams": {"spatial": {"modality": "rgb", "class_weights": "balanced"}}},
            {"streams"},
        ),
        (
            {"streams": {"spatial": {"modality": "rgb", "class_sampling": "balanced"}}},
            {"streams"},
        ),
    ],
)
def test_a_setting_that_changes_something_is_in_the_keys(settings, changed):
    assert {name for name, key in keys_of(**settings).items() if key != KEYS[name]} == changed
