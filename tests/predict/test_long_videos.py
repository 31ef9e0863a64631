"""Long videos: a window says what its frames alone would say, flow is computed once, and memory is that of windows."""

import csv
import json
import weakref
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from support.models import CLASSES, small_model
from support.videos import encode, moving_dots
from twostream import cli
from twostream.predict import long_videos, reels, sampled, smoothing, videos, window_tables
from twostream.predict.answers import Failure
from twostream.predict.windows import windowing

OPTIONS = videos.Options(device="cpu", threads=1, batch=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A video of 110 frames, lossless, and its frames 25 to 64 as a video of their own; a short one; and none."""
    folder = tmp_path_factory.mktemp("videos")
    encode(folder / "long.avi", moving_dots(110), codec="FFV1")
    encode(folder / "part.avi", islice(moving_dots(110), 25, 65), codec="FFV1")
    encode(folder / "short.avi", moving_dots(5))
    (folder / "broken.avi").write_bytes(b"no video" * 100)
    return folder


def answer(path, window, step=None, **parts):
    (result,) = long_videos.answer([path], small_model(**parts), OPTIONS, windowing(window, step))
    return result


def of_whole(path, model=None):
    (result,) = videos.videos([path], model or small_model(), OPTIONS)
    return result


@pytest.fixture(scope="module")
def overlapping(folder):
    return answer(folder / "long.avi", "40", "25")


def assert_same(one, other):
    assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)
    for name, values in one.streams.items():
        assert values == pytest.approx(other.streams[name], abs=1e-6)


def test_a_window_says_what_a_video_of_its_frames_alone_says(overlapping, folder):
    assert [each.window.first for each in overlapping.windows] == [0, 25, 50, 70]
    assert_same(overlapping.windows[1].answer, of_whole(folder / "part.avi"))


def test_one_window_over_all_says_what_the_whole_video_says(folder):
    for name in ("long.avi", "short.avi"):
        result = answer(folder / name, "60s")
        assert result.is_one_window
        assert_same(result.windows[0].answer, of_whole(folder / name))


@pytest.mark.parametrize("step", [2, 3])
def test_flow_of_every_nth_frame_is_that_within_the_window(folder, step):
    settings = dict(small_model().settings)
    settings["flow"] = settings["flow"] | {"step": step}
    whole = answer(folder / "long.avi", "60s", settings=settings)
    assert_same(whole.windows[0].answer, of_whole(folder / "long.avi", small_model(settings=settings)))
    for window in ("2", "24"):
        windows = answer(folder / "long.avi", window, "3", settings=settings).windows
        assert all(np.isfinite(each.answer.probabilities).all() for each in windows)


def test_each_field_is_computed_once(folder, monkeypatch):
    numbers = []
    fields = sampled.fields

    def counted(*arguments):
        for number, field in fields(*arguments):
            numbers.append(number)
            yield number, field

    monkeypatch.setattr(sampled, "fields", counted)
    answer(folder / "long.avi", "20", "2")
    assert numbers == sorted(set(numbers)) and len(numbers) > 100


def test_the_training_videos_are_looked_through_once_a_video(folder, monkeypatch):
    digests = []
    monkeypatch.setattr(videos, "trained_on", lambda _, digest: (digests.append(digest), ("temporal",))[1])
    result = answer(folder / "long.avi", "40", "25")
    assert len(digests) == 1
    assert result.trained_on == ("temporal",)
    assert {each.answer.trained_on for each in result.windows} == {("temporal",)}


def test_memory_does_not_grow_with_length(tmp_path, monkeypatch):
    live, most = set(), [0]
    add = reels.Reel.add

    def counted(reel, number, picture):
        name = object()
        live.add(name)
        weakref.finalize(picture, live.discard, name)
        most[0] = max(most[0], len(live))
        add(reel, number, picture)

    monkeypatch.setattr(reels.Reel, "add", counted)
    answer(encode(tmp_path / "a.avi", moving_dots(160)), "8")
    windows = 2 * OPTIONS.batch + 2  # Those that wait for the network, those that it scores, and two at their ends.
    assert 8 < most[0] < windows * 2 * 8


def test_windows_on_damage_say_so_and_the_frames_that_decode_are_used(tmp_path):
    path = encode(tmp_path / "a.avi", moving_dots(200, width=160, height=120))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = bytes(range(200)) * 3
    path.write_bytes(content)
    result = answer(path, "20")
    damaged = [each.answer.damaged for each in result.windows]
    assert result.damaged and 0 < sum(count > 0 for count in damaged) <= 4
    assert damaged[0] == damaged[-1] == 0
    rows = csv.DictReader(window_tables.to_csv([result], CLASSES).splitlines())
    assert [int(row["damaged_frames"]) for row in rows] == damaged


def test_smoothing_is_a_centred_mean_over_windows(overlapping):
    smooth = smoothing.smooth(overlapping, 3)
    raw = np.array([each.answer.probabilities for each in overlapping.windows])
    expected = [raw[:2].mean(0), raw[:3].mean(0), raw[1:4].mean(0), raw[2:].mean(0)]
    assert np.array([each.answer.probabilities for each in smooth.windows]) == pytest.approx(np.array(expected))
    assert smoothing.smooth(overlapping, 1).windows[2].answer.probabilities == pytest.approx(raw[2])
    assert smoothing.smooth(overlapping, 999_999_999).windows[0].answer.probabilities == pytest.approx(raw.mean(0))


def test_the_csv_has_a_row_a_window_with_its_times(overlapping):
    results = [overlapping, Failure("b.avi", "is none")]
    rows = list(csv.DictReader(window_tables.to_csv(results, CLASSES).splitlines()))
    assert [(row["start"], row["end"], row["first_frame"]) for row in rows] == [
        *(("0.0", "1.6", "0"), ("1.0", "2.6", "25"), ("2.0", "3.6", "50"), ("2.8", "4.4", "70")),
        ("", "", ""),
    ]
    assert [row["frames"] for row in rows] == ["40"] * 4 + [""]
    assert rows[-1]["failure"] == "is none" and rows[0]["class_1"] in CLASSES


def test_the_table_joins_windows_of_one_class(overlapping):
    windows = tuple(
        replace(each, answer=replace(each.answer, probabilities=np.eye(3)[label]))
        for each, label in zip(overlapping.windows, (0, 0, 2, 0), strict=True)
    )
    lines = window_tables.table([replace(overlapping, windows=windows, video="a")], CLASSES).splitlines()
    assert [line.split()[1:4] for line in lines[1:]] == [
        ["0:00.00", "0:02.30", "Jump"],
        ["0:02.30", "0:03.20", "Walk"],
        ["0:03.20", "0:04.40", "Jump"],
    ]


def test_the_command_writes_windows_and_says_what_is_no_longer_than_one(folder, model_file, tmp_path, capsys):
    named = [str(folder / "long.avi"), str(folder / "short.avi")]
    options = ["--window=2s", "--step=1s", "--smooth=3", "--device=cpu", f"--out={tmp_path}", f"--model={model_file}"]
    cli.call(["predict", *named, *options])
    assert "short.avi: is no longer than a window, and was answered as a whole" in capsys.readouterr().err
    long, short = json.loads((tmp_path / "predictions.json").read_text())["videos"]
    assert [each["start"] for each in long["windows"]] == [0, 1, 2, 2.4] and len(short["windows"]) == 1
    assert sum(long["windows"][0]["percent"]) == pytest.approx(100)
    assert (tmp_path / "predictions.csv").read_text().count("\n") == 6
