import csv
from dataclasses import replace

import cv2
import h5py
import numpy as np
import pytest

from support.videos import encode, entry, moving_dots
from twostream.config import check
from twostream.errors import InputError
from twostream.steps import extract_frames
from twostream.videos import decode, probe


@pytest.mark.parametrize(
    ("name", "codec", "fps"),
    [
        ("a.avi", "XVID", 25),
        ("a.avi", "MJPG", 29.97),
        ("a.mp4", "mp4v", 12.5),
        ("a.mkv", "XVID", 50),
        ("a.mov", "mp4v", 24),
    ],
)
def test_a_good_video_is_counted_and_decoded(tmp_path, name, codec, fps):
    path = encode(tmp_path / name, moving_dots(17), codec, fps)
    result = probe.probe(path)
    assert (result.frames, result.width, result.height, result.reason) == (17, 64, 48, "")
    assert result.fps == pytest.approx(fps, abs=0.1)
    frames = list(decode.decode(path, None))
    assert len(frames) == 17
    truth = list(moving_dots(17))
    assert np.abs(np.array(frames).astype(float) - np.array(truth)).mean() < 8


@pytest.mark.parametrize(("side", "size"), [(None, (48, 64)), (24, (24, 32)), (96, (96, 128))])
def test_the_shorter_side_is_scaled(tmp_path, side, size):
    path = encode(tmp_path / "a.avi", moving_dots(3))
    assert {frame.shape[:2] for frame in decode.decode(path, side)} == {size}


def test_frames_of_another_size_are_resized():
    frame = np.zeros((30, 20, 3), np.uint8)
    assert decode.resize(frame, (64, 48)).shape == (48, 64, 3)


class TestBadVideos:
    def test_empty(self, tmp_path):
        (tmp_path / "a.avi").touch()
        assert probe.probe(tmp_path / "a.avi").reason == "the file is empty"

    def test_not_a_video(self, tmp_path):
        (tmp_path / "a.avi").write_text("I am a text")
        assert "not a video" in probe.probe(tmp_path / "a.avi").reason

    def test_one_frame(self, tmp_path):
        assert "single frame" in probe.probe(encode(tmp_path / "a.avi", moving_dots(1))).reason

    def test_gone(self, tmp_path):
        (tmp_path / "a.avi").symlink_to(tmp_path / "nowhere.avi")
        assert "cannot be read" in probe.probe(tmp_path / "a.avi").reason

    def test_a_folder_without_pictures(self, tmp_path):
        (tmp_path / "a.avi").mkdir()
        assert probe.probe(tmp_path / "a.avi").reason == "no frame can be decoded"


@pytest.mark.parametrize(("frames", "count"), [(6, "5 of 6"), (4, "more than 4")])
def test_a_video_that_changed_since_it_was_counted_is_named(tmp_path, frames, count):
    encode(tmp_path / "a" / "b.avi", moving_dots(5))
    video = replace(entry("a/b.avi", frames=frames), digest=probe.content_digest(tmp_path / "a" / "b.avi"))
    settings = check.check({})["frames"]
    with h5py.File(tmp_path / "x.h5", "w") as file, pytest.raises(InputError, match=rf"a/b\.avi: {count} frames"):
        extract_frames.write_frames(tmp_path, settings, video, file.create_group(video.id))


def test_real_clips_have_their_recorded_number_of_frames(clips, ucf101):
    with (ucf101 / "frame_counts.csv").open() as file:
        frames = {row["video"]: int(row["frames"]) for row in csv.DictReader(file)}
    probes = {path.stem: probe.probe(path) for path in sorted(clips.glob("ucf3/*/*.avi"))}
    assert len(probes) == 9
    for name, result in probes.items():
        assert (result.frames, result.damaged, result.reason) == (frames[name], 0, ""), name


def test_real_clips_of_any_kind_are_good(clips):
    for path in sorted(clips.glob("*.*")):
        result = probe.probe(path)
        assert (result.reason, result.damaged) == ("", 0), path
        assert result.frames > 20
        assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_WIDTH) == result.width
