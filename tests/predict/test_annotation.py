"""Videos written with their labels: as many frames at the same times, letters at the lower edge, and no input lost."""

import os
import re
from pathlib import Path

import av
import numpy as np
import pytest

from support.videos import encode, moving_dots
from twostream import cli
from twostream.errors import InputError
from twostream.predict import annotation
from twostream.predict.answers import Guess
from twostream.videos import decode, probe


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """30 frames of 95 x 71 pixels: the encoders take even sides alone."""
    return encode(tmp_path_factory.mktemp("videos") / "a.avi", moving_dots(30, width=95, height=71), codec="FFV1")


def times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


def test_the_label_of_each_moment_is_drawn_at_the_lower_edge_and_nothing_else_changes(video, tmp_path):
    out = tmp_path / "out" / "a.mp4"
    annotation.write(out, video, lambda seconds: Guess("Run", 90.0) if seconds >= 0.6 else None)
    assert times(out) == pytest.approx(times(video), abs=1e-4)
    before, after = (np.stack(list(decode.decode(path, None)))[:, :71, :95].astype(int) for path in (video, out))
    changes = np.abs(before - after).mean(axis=(2, 3))
    assert changes[:15].max() < 15 and changes[15:, :40].max() < 15
    assert changes[15:, -8:].mean() > 30  # the band, and the codec's loss above it
    assert list(out.parent.iterdir()) == [out]


def test_frames_that_come_unevenly_keep_their_times(video, tmp_path):
    uneven = tmp_path / "uneven.mkv"
    shown = [0, 40, 80, 480, 520, 2000]
    with av.open(str(uneven), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for stamp, picture in zip(shown, moving_dots(6), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
            frame.pts = stamp // 40
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seen = []
    annotation.write(tmp_path / "out.mp4", uneven, seen.append)
    assert seen == pytest.approx(times(uneven), abs=2e-3)
    assert times(tmp_path / "out.mp4") == pytest.approx(times(uneven), abs=2e-3)


def test_letters_that_the_font_lacks_are_replaced():
    assert annotation.plain("Crème brûlée\n走") == r"Creme brulee\n?"


def test_a_long_name_fits_into_a_small_picture():
    picture = np.full((48, 64, 3), 200, np.uint8)
    drawn = annotation.draw(picture, Guess("W" * 80, 12.0))
    assert drawn.shape == picture.shape and (drawn != picture).any() and (picture == 200).all()


def test_several_videos_go_into_a_folder_each_by_its_name(tmp_path):
    videos = [Path("x/a.avi"), Path("y/a.mp4"), Path("b.avi")]
    files = annotation.targets(tmp_path / "out", videos)
    assert [file.name for file in files] == ["a.mp4", "a 2.mp4", "b.mp4"]
    assert annotation.targets(tmp_path, videos[:1]) == [tmp_path / "a.mp4"]
    assert annotation.targets(tmp_path / "one.mp4", videos[:1]) == [tmp_path / "one.mp4"]


def test_an_input_is_never_written_over(tmp_path):
    (video := tmp_path / "a.mp4").write_bytes(b"frames")
    (tmp_path / "link.mp4").symlink_to(video)
    os.link(video, tmp_path / "hard.mp4")
    for out in (video, tmp_path / "link.mp4", tmp_path / "hard.mp4", tmp_path):
        with pytest.raises(InputError, match="is a video that is to be answered: choose another name"):
            annotation.targets(out, [video])
    assert video.read_bytes() == b"frames"


def test_where_nothing_can_be_written_is_one_line(tmp_path, video):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file, for 2 videos: give a folder"):
        annotation.targets(tmp_path / "file", [video, tmp_path / "b.avi"])
    with pytest.raises(InputError, match="is no name of an MP4 file"):
        annotation.targets(tmp_path / "a.gif", [video])
    with pytest.raises(InputError, match=re.escape(f"--annotate {tmp_path}/file/a.mp4: cannot be written")):
        annotation.write(tmp_path / "file" / "a.mp4", video, lambda _: None)


@pytest.mark.parametrize("options", [[], ["--window=0.5s", "--step=0.2s"]])
def test_the_command_writes_the_video_with_its_one_label_or_those_of_its_windows(video, model_file, tmp_path, options):
    out = tmp_path / "a.mp4"
    named = ["predict", str(video), f"--model={model_file}", f"--out={tmp_path}", "--device=cpu", f"--annotate={out}"]
    cli.call([*named, *options])
    assert probe.probe(out).frames == 30
