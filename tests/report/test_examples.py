from typing import Any

from twostream.report import examples


def outcome(*names: str) -> dict[str, Any]:
    """Return videos of one outcome; the first letter of a name is the class."""
    rows = [{"video": name, "class": name[0], "fused": "z", "streams": {}} for name in names]
    return {"videos": len(names), "shown": rows}


def findings(rescued: dict[str, Any], lost: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"examples": {"rescued": rescued, "lost": lost}} | more


def test_the_first_videos_are_pictured():
    pictured = examples.choose(findings(outcome("a1", "b1", "a2", "a3"), outcome()), 3)
    assert [example["video"] for example in pictured] == ["a1", "b1", "a2"]
    assert {example["outcome"] for example in pictured} == {"rescued"}


def test_no_more_videos_are_pictured_than_were_asked_for():
    assert examples.choose(findings(outcome("a1"), outcome("b1")), 0) == []


def test_the_guesses_are_those_of_the_video():
    guesses = {video: {"one": [{"class_name": video[0], "percent": 90.0, "is_right": True}]} for video in ("a1", "b1")}
    (example,) = examples.choose(findings(outcome(), outcome("b1"), guesses=guesses), 1)
    assert example["guesses"] == guesses["b1"]
    assert (example["class_name"], example["taken_for"], example["outcome"]) == ("b", "z", "lost")


def test_a_fusion_json_without_guesses_still_gives_pictures():
    (example,) = examples.choose(findings(outcome("a1"), outcome()), 1)
    assert example["guesses"] == {}
