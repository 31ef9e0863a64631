"""Settings without effect in their combination: said, and at their default in every key."""

import pytest

from twostream.config import check, ineffective


@pytest.mark.parametrize(
    ("section", "settings", "name"),
    [
        ("frames", {"codec": "zstd", "quality": 80}, "quality"),
        ("flow", {"quality": 80}, "quality"),
        ("flow", {"imported": "0123456789ab", "short_side": 40}, "short_side"),
        ("flow", {"imported": "0123456789ab", "tvl1": {"warps": 2}}, "tvl1"),
        ("streams", {"optimiser": "adamw", "momentum": 0.5}, "momentum"),
        ("streams", {"schedule": "cosine", "steps": [3]}, "steps"),
        ("streams", {"schedule": "constant", "patience": 9}, "patience"),
        ("streams", {"consensus": "max", "top_k": 9}, "top_k"),
        ("streams", {"crop": "multiscale", "smallest_crop": 0.5}, "smallest_crop"),
        ("streams", {"positions": 5}, "positions"),
        ("validation", {"by": "test", "fraction": 0.5}, "fraction"),
        ("validation", {"by": "none", "protocol": "ref19"}, "protocol"),
        ("validation", {"by": "none", "stack": 20}, "stack"),
        ("test", {"protocol": "ref19", "keep_crops": True}, "keep_crops"),
        ("demo", {"seed": 7}, "seed"),
    ],
)
def test_a_setting_without_effect_is_said_and_left_out(section, settings, name):
    base = {key: value for key, value in settings.items() if key != name}
    dataset = {"dataset": {"folder": "videos"}}
    given, without = (
        check.check(dataset | {section: {"a": {"modality": "rgb"} | each} if section == "streams" else each})
        for each in (settings, base)
    )
    assert ineffective.reset(given) == ineffective.reset(without) == without
    (line,) = ineffective.describe(given)
    assert line.startswith(f"{section}.a.{name}: " if section == "streams" else f"{section}.{name}: ")
    assert ineffective.describe(without) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"frames": {"quality": 80}, "flow": {"codec": "jpeg", "quality": 80}},
        {
            "streams": {
                "a": {"modality": "rgb", "momentum": 0.5, "schedule": "step", "steps": [3], "smallest_crop": 0.5}
            }
        },
        {"streams": {"a": {"modality": "rgb", "crop": "multiscale", "positions": 5, "patience": 1}}},
        {"validation": {"by": "test", "protocol": "ref19", "samples": 3, "stack": 20}},
        {"test": {"protocol": "tsn25x10", "keep_crops": True}},
        {"test": {"crops": 5, "keep_crops": True}},
        {"demo": {"seed": 7}},
        {"flow": {"imported": "0123456789ab", "bound": 10}},
    ],
)
def test_settings_with_an_effect_stay(settings):
    complete = check.check(settings)
    assert ineffective.reset(complete) == complete
    assert ineffective.describe(complete) == []


def test_without_validation_its_longest_stack_is_no_bound():
    stream = {"modality": "flow", "stack": 12}
    given = check.check({"streams": {"a": stream}, "test": {"stack": 12}, "validation": {"by": "none", "stack": 5}})
    settings = ineffective.reset(given)
    check.check_stage("streams", settings["streams"]["a"] | {"validation": settings["validation"]}, "--settings")
