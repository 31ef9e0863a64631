"""The picture of a long video by time, and the segments that it and the screen show."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from twostream.predict import segments, timeline
from twostream.predict.answers import Answer
from twostream.predict.long_videos import LongAnswer, WindowAnswer
from twostream.predict.windows import Window


def video(labels: list[int], classes: int, step: float = 1.0, length: float = 2.0, name: str = "a.avi") -> LongAnswer:
    """A video whose windows have these most probable classes, at 60 %."""
    windows = []
    for number, label in enumerate(labels):
        probabilities = np.full(classes, 0.4 / (classes - 1))
        probabilities[label] = 0.6
        answer = Answer(video=name, frames=50, fps=25.0, damaged=0, probabilities=probabilities, streams={})
        start = number * step
        windows.append(WindowAnswer(Window(round(25 * start), 50, start, start + length), answer))
    return LongAnswer(video=name, frames=0, fps=25.0, damaged=0, windows=tuple(windows))


def bars(svg: str) -> list[ElementTree.Element]:
    """The bars, which have titles; the key's have none."""
    rects = ElementTree.fromstring(svg).iter("rect")
    return [rect for rect in rects if rect.find("title") is not None]


def test_each_window_has_a_bar_of_its_class_and_probability():
    svg = timeline.draw(video([0, 0, 1], 2), ("Run", "Walk"))
    drawn = bars(svg)
    assert [float(bar.get("height")) for bar in drawn] == pytest.approx([60, 60, 60])
    assert len({bar.get("fill") for bar in drawn}) == 2
    assert [float(bar.get("x")) for bar in drawn] == pytest.approx([0, 375, 625])
    assert drawn[0].find("title").text == "0:00.00 to 0:01.50: Run, 60.0 %"
    assert "Walk" in svg and "0:04.00" in svg


def test_names_are_escaped():
    svg = timeline.draw(video([0, 1], 2, name='"><script>'), ("<script>alert(1)</script>", 'a"b & c'))
    assert "<script>" not in svg
    assert "<script>alert(1)</script>" in [text.text for text in ElementTree.fromstring(svg).iter("text")]


def test_a_day_of_windows_is_a_small_picture_and_rare_classes_share_a_colour():
    names = tuple(f"class {number}" for number in range(20))
    svg = timeline.draw(video([number % 20 for number in range(20_000)], 20), names)
    assert len(bars(svg)) <= timeline.MOST_BARS and len(svg) < 120_000
    svg = timeline.draw(video(list(range(20)), 20), names)
    assert f"{20 - len(timeline.COLOURS)} more" in svg
    assert sum(bar.get("fill") == timeline.OTHER for bar in bars(svg)) == 20 - len(timeline.COLOURS)


def test_segments_join_windows_of_one_class_and_touch():
    found = list(segments.of_video(video([0, 0, 1, 1, 0], 2), ("Run", "Walk")))
    assert [(each.start, each.end, each.class_name) for each in found] == [
        (0.0, 2.5, "Run"),
        (2.5, 4.5, "Walk"),
        (4.5, 6.0, "Run"),
    ]
    assert found[0].percent == pytest.approx(60)


def test_a_moment_has_the_label_of_the_window_around_it_and_none_between_windows():
    labels = segments.Labels(video([0, 1], 2, step=5.0), ("Run", "Walk"))
    said = [labels.at(seconds) for seconds in (0.0, 1.9, 3.0, 5.0, 6.9, 8.0)]
    assert [guess and guess.class_name for guess in said] == ["Run", "Run", None, "Walk", "Walk", None]


def test_hours_are_told():
    assert re.search("1:00:00.00", timeline.draw(video([0], 2, length=3600), ("Run", "Walk")))
