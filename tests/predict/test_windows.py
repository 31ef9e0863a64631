"""Windows of a video: which frames they have, when these are shown, and texts that name none."""

import re

import numpy as np
import pytest

from twostream.errors import InputError
from twostream.predict import windows
from twostream.predict.windows import Window, of_video, windowing
from twostream.videos.interval import Part
from twostream.videos.parts import ProbedVideo
from twostream.videos.probe import Probe

EVEN = np.arange(101) / 25
"""100 frames at 25 a second."""


def starts(found: list[Window]) -> list[int]:
    return [window.first for window in found]


def test_windows_in_frames_and_the_last_one_ends_with_the_video():
    found = of_video(windowing("40", "25"), EVEN)
    assert [(window.first, window.length) for window in found] == [(0, 40), (25, 40), (50, 40), (60, 40)]
    assert [(window.start, window.end) for window in found][1] == pytest.approx((1.0, 2.6))
    assert found[-1].end == pytest.approx(4.0)


def test_windows_in_seconds_have_the_frames_that_are_shown_in_them():
    found = of_video(windowing("2s", "0.5s"), EVEN)
    assert starts(found) == [0, 13, 25, 38, 50]
    assert {window.length for window in found} == {50}
    assert found[0].end == pytest.approx(2.0)


def test_without_a_step_windows_touch():
    assert starts(of_video(windowing("1 s", None), EVEN)) == [0, 25, 50, 75]


def test_steps_that_are_longer_than_windows_leave_frames_out():
    assert starts(of_video(windowing("10", "40"), EVEN)) == [0, 40, 80]


def test_windows_of_single_frames_are_refused():
    assert {window.length for window in of_video(windowing("0.08s", None), EVEN)} == {2}
    with pytest.raises(InputError, match="--window: no window holds two of its frames, and flow needs two: give a"):
        of_video(windowing("0.04s", None), EVEN)


def test_a_video_that_is_no_longer_than_a_window_is_one():
    for length in ("100", "4s", "1000", "99999999999999999999s"):
        assert [(each.first, each.length) for each in of_video(windowing(length, None), EVEN)] == [(0, 100)], length


def test_frames_that_come_unevenly_are_those_of_their_times():
    times = np.array([0, 0.1, 0.2, 1.5, 1.6, 3.0, 3.1])
    found = of_video(windowing("1s", None), times)
    assert [(window.first, window.length) for window in found] == [(0, 3), (3, 2), (5, 1)]


def test_a_window_without_frames_has_no_row_and_none_ends_long_after_its_last_frame():
    times = np.append(np.arange(25), np.arange(100, 126)) / 25
    found = of_video(windowing("1s", None), times)
    assert [window.start for window in found] == pytest.approx([0, 4])
    assert [window.end for window in found] == pytest.approx([1, 5])


def test_times_are_those_of_the_file_from_its_first_frame_on():
    probe = Probe(digest="", frames=4, fps=20.0, times="1/1000 500 40x2 120x1")
    assert windows.frame_seconds(ProbedVideo(probe)).tolist() == pytest.approx([0, 0.04, 0.08, 0.2, 0.25])


def test_frames_at_another_rate_are_shown_at_that_rate_and_those_without_times_at_their_own():
    resampled = Part(file="a.avi", first=0, length=10, frames=3, rate=5.0)
    probe = Probe(digest="", frames=3, fps=5.0, times="1/10 0 1x9")
    assert windows.frame_seconds(ProbedVideo(probe, resampled)).tolist() == pytest.approx([0, 0.2, 0.4, 0.6])
    steady = Probe(digest="", frames=2, fps=10.0)
    assert windows.frame_seconds(ProbedVideo(steady)).tolist() == pytest.approx([0, 0.1, 0.2])
    assert windows.frame_seconds(ProbedVideo(Probe(digest="", frames=2))) is None


def test_broken_time_stamps_do_not_make_windows_without_end():
    with pytest.raises(InputError, match="more than 1,000,000 windows"):
        of_video(windowing("2s", "0.5s"), np.array([0, 0.04, 1e9, 1e9 + 0.04]))


@pytest.mark.parametrize(
    ("window", "step", "message"),
    [
        ("0", None, "--window 0: is no length above 0: give seconds"),
        ("2s", "0.0s", "--step 0.0s: is no length above 0"),
        ("-2s", None, "--window -2s: is no length of video"),
        ("soon", None, "--window soon: is no length of video"),
        ("2.5", None, "--window 2.5: is no length of video"),
        ("1e9s", None, "is no length of video"),
        ("nans", None, "is no length of video"),
        ("9" * 400 + "s", None, "is no length above 0"),
        ("1", None, "--window: is a single frame"),
        ("2s", "10", "--step: is in frames, and --window is in seconds: give both"),
    ],
)
def test_what_is_no_length_is_one_line(window, step, message):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        windowing(window, step)
    assert "\n" not in str(caught.value)
