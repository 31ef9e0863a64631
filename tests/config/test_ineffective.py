"""Settings without effect in their combination: said, and at their default in every key."""

import pytest

from twostream.config import check, ineffective
from twostream.config.schema import Settings


def complete(section: str, settings: Settings) -> Settings:
    """Return all settings, with `settings` in a `section`, for videos in a folder."""
    user_settings: Settings = {"dataset": {"folder": "videos"}}
    section_settings = {"a": {"modality": "rgb"} | settings} if section == "streams" else settings
    user_settings.setdefault(section, {}).update(section_settings)
    return check.check(user_settings)


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
        ("index", {"seed": 7}, "seed"),
        ("index", {"test_fraction": 0.5}, "test_fraction"),
        ("dataset", {"split": 2}, "split"),
    ],
)
def test_a_setting_without_effect_is_said_and_left_out(section, settings, name):
    base = {key: value for key, value in settings.items() if key != name}
    has_lists = section == "index"
    settings, without = (complete(section, each) for each in (settings, base))
    assert ineffective.reset(settings, has_lists) == ineffective.reset(without, has_lists) == without
    (line,) = ineffective.describe(settings, has_lists)
    assert line.startswith(f"{section}.a.{name}: " if section == "streams" else f"{section}.{name}: ")
    assert ineffective.describe(without, has_lists) == []


@pytest.mark.parametrize(
    ("settings", "has_lists"),
    [
        ({}, True),
        ({"frames": {"quality": 80}, "flow": {"codec": "jpeg", "quality": 80}}, True),
        (
            {
                "streams": {
                    "a": {"modality": "rgb", "momentum": 0.5, "schedule": "step", "steps": [3], "smallest_crop": 0.5}
                }
            },
            True,
        ),
        ({"streams": {"a": {"modality": "rgb", "crop": "multiscale", "positions": 5, "patience": 1}}}, True),
        ({"validation": {"by": "test", "protocol": "ref19", "samples": 3, "stack": 20}}, True),
        ({"test": {"protocol": "tsn25x10", "keep_crops": True}}, True),
        ({"test": {"crops": 5, "keep_crops": True}}, True),
        ({"demo": {"seed": 7}}, True),
        ({"flow": {"imported": "0123456789ab", "bound": 10}}, True),
        ({"dataset": {"folder": "videos", "split": 2}}, True),
        ({"dataset": {"folder": "videos"}, "index": {"seed": 7, "test_fraction": 0.5}}, False),
    ],
)
def test_settings_with_an_effect_stay(settings, has_lists):
    checked = check.check(settings)
    assert ineffective.reset(checked, has_lists) == checked
    assert ineffective.describe(checked, has_lists) == []


def test_without_validation_its_longest_stack_is_no_bound():
    stream = {"modality": "flow", "stack": 12}
    user_settings = check.check(
        {"streams": {"a": stream}, "test": {"stack": 12}, "validation": {"by": "none", "stack": 5}}
    )
    settings = ineffective.reset(user_settings, has_lists=True)
    check.check_stage("streams", settings["streams"]["a"] | {"validation": settings["validation"]}, "--settings")
