from typing import Any

import pytest

from twostream.report import confusion, derive


@pytest.fixture
def findings() -> dict[str, Any]:
    """Return four videos of class a, two of b and none of c; the fusion is better at a and worse at b."""
    predicted = {"fused": [0, 0, 0, 1, 2, 2], "one": [0, 1, 1, 2, 1, 1], "two": [0, 0, 1, 1, 0, 0]}
    return {
        "class_names": ["a", "b", "c"],
        "streams": [{"stream": "one", "top1": 50.0}, {"stream": "two", "top1": 33.3}],
        "predictions": {"video": list("uvwxyz"), "label": [0, 0, 0, 0, 1, 1], "predicted": predicted},
        "classes": [
            {"class": "a", "videos": 4, "top1": 75.0, "gain": {"one": 50.0, "two": 25.0}},
            {"class": "b", "videos": 2, "top1": 0.0, "gain": {"one": -100.0, "two": 0.0}},
            {"class": "c", "videos": 0, "top1": None, "gain": {"one": None, "two": None}},
        ],
    }


def test_the_most_frequent_mistake_comes_first_with_what_each_stream_makes_of_it(findings):
    assert confusion.mistakes(findings) == [
        {"right": "b", "taken_for": "c", "videos": 2, "of": 2, "percent": 100.0, "streams": {"one": 0, "two": 0}},
        {"right": "a", "taken_for": "b", "videos": 1, "of": 4, "percent": 25.0, "streams": {"one": 2, "two": 2}},
    ]


def test_a_class_is_compared_with_the_stream_that_is_best_in_it(findings):
    a, b = derive.class_gains(findings)
    assert a == {
        "class_name": "a",
        "videos": 4,
        "fused": 75.0,
        "gain": 25.0,
        "is_clear": False,
        "best_stream": "two",
        "best": 50.0,
        "streams": {"one": 25.0, "two": 50.0},
    }
    assert (b["class_name"], b["best_stream"], b["gain"]) == ("b", "one", -100.0)


def test_of_streams_that_are_equally_good_at_a_class_none_is_called_the_best(findings):
    findings["predictions"]["predicted"]["one"][1] = 0
    assert derive.class_gains(findings)[0]["best_stream"] == "one, two"


def test_confused_classes_are_neighbours_and_every_class_has_a_place():
    names = list("abcdefgh")
    confused = [(0, 5)] * 4 + [(5, 3)] * 3 + [(1, 7)] * 2
    labels, predicted = ([pair[side] for pair in confused] for side in (0, 1))
    findings = {
        "class_names": names,
        "predictions": {"video": [], "label": labels, "predicted": {"fused": predicted, "one": predicted}},
    }
    order = confusion.similar_classes_together(findings)
    assert sorted(order) == list(range(8))
    for pair in ((0, 5), (5, 3), (1, 7)):
        assert abs(order.index(pair[0]) - order.index(pair[1])) == 1
