"""Parts of a video: an interval has the frames that decoding from the start gives, and a rate those of FFmpeg."""

import shutil
import subprocess
from fractions import Fraction
from itertools import islice

import av
import numpy as np
import pytest

from support.videos import encode, moving_dots
from twostream.errors import InputError
from twostream.videos import decode, excerpt, frame_times, parts, probe
from twostream.videos.interval import FRAMES, Bounds, Part
from twostream.videos.source import open_video
from twostream.videos.splits import Split


def h264(path, frames=150, fps=25, gaps=None):
    """An H.264 video with B-frames and a key frame every 40 frames, its frames at a rate or so many ticks apart."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"g": "40", "bf": "3", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000) if gaps else Fraction(1, fps)
        time = 0
        for number, picture in enumerate(moving_dots(frames)):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = time, stream.codec_context.time_base
            time += gaps[number % len(gaps)] if gaps else 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def part_of(path, bounds=None, rate=None):
    """The part of a video that is in these bounds, by its probe."""
    interval = Bounds(file=path.name, where="line 2", **(bounds or {}))
    split = Split(class_names=("a",), subset_of={}, label_of={interval.id: 0}, bounds={interval.id: interval})
    return parts.of_files({path.name: probe.probe(path)}, split, rate)[interval.id]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
@pytest.mark.parametrize("first", [0, 39, 40, 41, 97, 119])
def test_an_interval_has_the_frames_of_decoding_from_the_start(tmp_path, suffix, first):
    path = encode(tmp_path / "v.avi", moving_dots(150)) if suffix == "avi" else h264(tmp_path / f"v.{suffix}")
    video = part_of(path, {"start": first, "end": first + 20, "unit": FRAMES})
    frames = list(decode.decode(path, None, part=video.part, digest=video.probe.digest))
    whole = list(islice(decode.decode(path, None), first, first + 20))
    assert np.array_equal(frames, whole)
    assert video.probe.frames == 20


@pytest.mark.parametrize(("suffix", "seeks"), [("mp4", True), ("avi", False)])
def test_what_is_before_an_interval_is_not_decoded_where_key_frames_are_known(tmp_path, suffix, seeks):
    path = encode(tmp_path / "v.avi", moving_dots(150)) if suffix == "avi" else h264(tmp_path / f"v.{suffix}")
    part = part_of(path, {"start": 130, "unit": FRAMES}).part
    decoded = []
    with open_video(path) as video:
        original = video.frames
        video.frames = lambda: (decoded.append(frame.pts) or frame for frame in original())
        frames = list(excerpt.frames(video, part))
    assert len(frames) == 20
    assert (len(decoded) < 60) == seeks


@pytest.mark.parametrize(
    ("bounds", "first", "count"),
    [({"start": 1.0, "end": 2.0}, 25, 25), ({"end": 0.5}, 0, 13), ({"start": 5.5}, 138, 12), ({"end": 6.4}, 0, 150)],
)
def test_seconds_are_frames_by_their_time_stamps(tmp_path, bounds, first, count):
    part = part_of(h264(tmp_path / "v.mp4"), bounds).part
    assert (part.first, part.length) == (first, count)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"start": 7.0}, r"line 2: v.mp4 has 6 seconds, and the interval is 7 to the end seconds: mend the interval"),
        ({"start": 1.0, "end": 9.0}, "the interval is 1 to 9 seconds"),
        ({"start": 10, "end": 151, "unit": FRAMES}, "v.mp4 has 150 frames, and the interval is 10 to 151 frames"),
    ],
)
def test_an_interval_beyond_the_end_is_named(tmp_path, bounds, message):
    with pytest.raises(InputError, match=message):
        part_of(h264(tmp_path / "v.mp4"), bounds)


def test_an_interval_of_one_frame_is_a_bad_video(tmp_path):
    assert "single frame" in part_of(h264(tmp_path / "v.mp4"), {"end": 0.04}).probe.reason


def test_time_stamps_come_back_as_they_were_written():
    stamps = [5, 8, 11, 14, 20, 20, 19, 23]
    times = frame_times.decode(frame_times.encode(stamps, Fraction(1, 30)))
    assert frame_times.encode(stamps, Fraction(1, 30)) == "1/30 5 3x3 6x1 0x2 3x1"
    assert list(times.stamps) == [5, 8, 11, 14, 20, 20, 20, 23]
    assert frame_times.encode([0, None], Fraction(1, 30)) == ""


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("rate", [5, 10, 15, 24, 25, 30, 60])
@pytest.mark.parametrize("gaps", [None, [40, 40, 10, 70], [33, 33, 34]], ids=["25", "varying", "30"])
def test_a_rate_gives_the_frames_of_ffmpegs_filter(tmp_path, rate, gaps):
    path = h264(tmp_path / "v.mkv", 60, gaps=gaps)
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-vf",
        f"fps={rate}",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-",
    ]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    theirs = np.frombuffer(output, np.uint8).reshape(-1, 48, 64, 3)
    video = part_of(path, rate=rate)
    ours = np.stack(list(decode.decode(path, None, part=video.part)))
    assert abs(len(ours) - len(theirs)) <= 1  # Nobody knows for how long a container shows the last frame.
    assert np.array_equal(ours[: len(theirs)], theirs[: len(ours)])
    assert (len(ours), video.probe.fps) == (video.probe.frames, rate)


def test_halves_are_rounded_up_and_what_is_missing_is_repeated():
    frames = [(0, "a"), (1, "b"), (2, "c"), (6, "d")]
    assert list(frame_times.resample(iter(frames), Fraction(1, 2), 1, 4)) == ["a", "c", "c", "d"]
    assert list(frame_times.resample(iter(frames), Fraction(1, 2), 2, 8)) == list("abccccdd")


def test_an_interval_is_resampled_from_its_own_first_frame(tmp_path):
    path = h264(tmp_path / "v.mp4")
    part = part_of(path, {"start": 3.0, "end": 5.0}, rate=5).part
    frames = list(decode.decode(path, None, part=part))
    whole = list(decode.decode(path, None))
    assert len(frames) == 10
    assert np.array_equal(frames, whole[77:125:5])  # Of 75 to 79 the last that is before the middle, and so on.


def test_a_video_without_time_stamps_has_no_rate():
    whole = probe.Probe(digest="d", frames=9, fps=25.0, times="")
    assert parts.at_rate(whole, "a", 10).probe.reason == parts.NO_TIMES
    assert parts.at_rate(whole, "a", None).part is None
    assert Part(file="a", first=0, length=9, frames=9).rate is None


def test_time_stamps_that_jump_by_days_make_no_millions_of_frames():
    times = frame_times.encode([0, 1, 25 * 86_400 * 40], Fraction(1, 25))
    whole = probe.Probe(digest="0", frames=3, width=8, height=8, fps=25.0, times=times)
    assert parts.at_rate(whole, "a", 25).probe.reason == (
        "by its time stamps frames.fps would make 86,400,001 frames of its 3 frames"
    )
