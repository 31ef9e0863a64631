from typing import Any

import pytest

from twostream.report import confusion, derive


@pytest.fixture
def findings() -> dict[str, Any]:
    """Return four videos of class a, two of b and none of c; the fusion is better at a and worse at b."""
    return {
        "class_names": ["a", "b", "c"],
        "streams": [{"stream": "one", "top1": 50.0}],
        "confusion": {"fused": [[3, 1, 0], [0, 0, 2], [0, 0, 0]], "one": [[1, 2, 1], [0, 2, 0], [0, 0, 0]]},
        "classes": [
            {"class": "a", "videos": 4, "top1": 75.0, "gain": {"one": 50.0}},
            {"class": "b", "videos": 2, "top1": 0.0, "gain": {"one": -100.0}},
            {"class": "c", "videos": 0, "top1": None, "gain": {"one": None}},
        ],
    }


def test_the_most_frequent_mistake_comes_first_with_what_each_stream_makes_of_it(findings):
    assert confusion.mistakes(findings) == [
        {"right": "b", "taken_for": "c", "videos": 2, "percent": 100.0, "streams": {"one": 0}},
        {"right": "a", "taken_for": "b", "videos": 1, "percent": 25.0, "streams": {"one": 2}},
    ]


def test_the_square_has_every_pair_of_the_most_confused_classes(findings, monkeypatch):
    monkeypatch.setattr(confusion, "MAX_CLASSES", 2)
    cells = confusion.square(findings, confusion.mistakes(findings))
    assert [(cell["right"], cell["taken_for"], cell["videos"]) for cell in cells] == [
        ("b", "b", 0),
        ("b", "c", 2),
        ("c", "b", 0),
        ("c", "c", 0),
    ]


def test_a_class_has_the_accuracy_of_each_stream_and_a_class_without_videos_no_row(findings):
    assert derive.class_gains(findings) == [
        {"class_name": "a", "videos": 4, "fused": 75.0, "gain": 50.0, "streams": {"one": 25.0}},
        {"class_name": "b", "videos": 2, "fused": 0.0, "gain": -100.0, "streams": {"one": 100.0}},
    ]
