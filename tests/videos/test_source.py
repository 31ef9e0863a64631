"""Videos opened by libav: what is opened, what is not, and what is told of damage, rates and promises."""

import os
from pathlib import Path

import av
import numpy as np
import pytest

from support import encoded
from twostream.errors import InputError
from twostream.videos import decode, probe

LOSSLESS = {"codec": "ffv1", "pixels": "bgr0"}

NAMES = [
    "data:v1/a b.mkv",
    "-dash.mkv",
    "%03d.mkv",
    "{braces}.mkv",
    "file:a.mkv",
    "h\u00e9\u4e2d.mkv",
    "concat:a|b.mkv",
]
PLAYLISTS = ["#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n", "ffconcat version 1.0\nfile '{}'\n"]


def lossless(path: Path, frames: int = 12, **more: object) -> Path:
    return encoded.write(path, encoded.pictures(frames), **(LOSSLESS | more))


def test_frames_come_as_they_were_encoded_in_the_order_in_which_they_are_shown(tmp_path):
    path = lossless(tmp_path / "a.mkv")
    assert np.array_equal(list(decode.decode(path, None)), encoded.pictures(12))


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_file(tmp_path, name, monkeypatch):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    lossless(tmp_path / "plain.mkv", 3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe.probe(Path(name)).frames == len(list(decode.decode(Path(name), None))) == 3


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "a.avi")
    assert "a pipe or a device" in probe.probe(tmp_path / "a.avi").reason
    with pytest.raises(InputError, match="not a regular file"):
        list(decode.decode(tmp_path / "a.avi", None))


@pytest.mark.parametrize("text", PLAYLISTS)
@pytest.mark.parametrize("where", ["good.mkv", "/good.mkv"])
def test_a_playlist_in_disguise_opens_nothing(tmp_path, text, where):
    good = lossless(tmp_path / "good.mkv", 3)
    (tmp_path / "a.mp4").write_text(text.format(good if where.startswith("/") else good.name))
    assert "not a video" in probe.probe(tmp_path / "a.mp4").reason


def test_a_cover_picture_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "bgr24")))
        container.mux(cover.encode(None))
    assert probe.probe(tmp_path / "a.mp4").reason == "holds no video"


@pytest.mark.parametrize(("sizes", "frames"), [(((48, 32), (64, 48)), 8), (((64, 48), (64, 48)), 5)])
def test_of_several_streams_the_largest_is_the_video_and_of_equal_ones_the_first(tmp_path, sizes, frames):
    with av.open(str(tmp_path / "a.ts"), "w") as container:
        streams = [container.add_stream("mpeg2video", rate=25) for _ in sizes]
        for stream, size in zip(streams, sizes, strict=True):
            (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for stream, size, count in zip(streams, sizes, (5, 8), strict=True):
            for shown in encoded.pictures(count, *size):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, "bgr24").reformat(format="yuv420p")))
            container.mux(stream.encode(None))
    video = probe.probe(tmp_path / "a.ts")
    assert (video.frames, video.width, video.height) == (frames, *sizes[frames == 8])


@pytest.mark.parametrize("name", ["readme.ans", "a.nfo", "a.xbin", "a.adf", "a.idf", "a.bin"])
def test_text_that_libav_would_draw_is_no_video(tmp_path, name):
    line = "\x1b[1;3{}mhello\x1b[0m\r\n\x1b[2J"
    (tmp_path / name).write_text("".join(line.format(number % 8) for number in range(300)))
    assert "not a video" in probe.probe(tmp_path / name).reason


def test_a_rate_that_varies_is_told_with_its_mean(tmp_path):
    times = [0, 1, 2, 3, 7, 8, 9, 15, 16, 18]
    video = probe.probe(lossless(tmp_path / "a.mkv", 10, times=times, rate=10))
    assert (video.frames, video.variable_rate, video.fps, video.reason) == (10, True, 5.0, "")


@pytest.mark.parametrize("rate", [24, 25, 30, 50])
@pytest.mark.parametrize("name", ["a.mkv", "a.avi", "a.mov", "a.mp4", "a.ts"])
def test_an_even_rate_is_told_exactly(tmp_path, name, rate):
    video = probe.probe(encoded.write(tmp_path / name, encoded.pictures(20), "mpeg2video", rate=rate))
    assert (video.fps, video.variable_rate, video.promised) == (rate, False, 0)


@pytest.mark.parametrize("name", ["a.avi", "a.mkv"])
def test_a_file_cut_short_is_usable_or_damaged_but_its_promise_is_never_kept_in_silence(tmp_path, name):
    path = encoded.write(tmp_path / name, encoded.pictures(60, 160, 128), "mpeg4", options={"g": "5", "b": "2M"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video = probe.probe(path)
    assert 10 < video.frames < 50
    assert video.promised == 60 or video.damaged


def test_flipped_bits_are_counted_as_damage(tmp_path):
    path = encoded.write(tmp_path / "a.mp4", encoded.pictures(40, 160, 128), "libx264", options={"crf": "15"})
    whole = probe.probe(path)
    data = bytearray(path.read_bytes())
    for place in np.random.default_rng(0).integers(len(data) // 4, len(data) // 2, 60):
        data[place] ^= 16
    path.write_bytes(data)
    assert (whole.damaged, whole.frames) == (0, 40)
    assert probe.probe(path).damaged > 0


def test_interlaced_frames_are_counted_and_deinterlaced_on_request(tmp_path):
    options = {"flags": "+ildct+ilme", "b": "4M"}
    path = encoded.write(tmp_path / "a.mpg", encoded.pictures(8, 64, 48), "mpeg2video", options=options)
    assert probe.probe(path).interlaced == 8
    plain, filtered = (np.array(list(decode.decode(path, None, way))) for way in (False, True))
    assert plain.shape == filtered.shape == (8, 48, 64, 3)
    assert np.abs(plain.astype(int) - encoded.pictures(8)).mean() < 8
    assert not np.array_equal(plain, filtered)


def test_progressive_frames_stay_as_they_are_where_others_are_deinterlaced(tmp_path):
    path = encoded.write(tmp_path / "a.mp4", encoded.pictures(6), "libx264")
    plain, filtered = (np.array(list(decode.decode(path, None, way))) for way in (False, True))
    assert np.array_equal(plain, filtered)


def test_a_video_that_changes_its_size_keeps_the_first_one(tmp_path):
    parts = [encoded.write(tmp_path / f"{w}.ts", encoded.pictures(4, w, 48), "mpeg2video") for w in (64, 96)]
    (tmp_path / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    shapes = [frame.shape for frame in decode.decode(tmp_path / "a.ts", None)]
    assert set(shapes) == {(48, 64, 3)}
    assert len(shapes) > 4
