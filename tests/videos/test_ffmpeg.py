"""Frames equal to those that the program ffmpeg shows, over codecs, pixel formats, containers and quirks."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from support import encoded
from twostream.videos import decode, fingerprint, probe

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="the program ffmpeg is not installed")

ROUNDING = 3
"""Levels by which versions of libav differ: their inverse transforms of MPEG-4 and MPEG-2 do."""

CASES = {
    "h264.mp4": ["-c:v", "libx264", "-bf", "3"],
    "h264_422.mkv": ["-c:v", "libx264", "-pix_fmt", "yuv422p"],
    "h264_444_10bit.mkv": ["-c:v", "libx264", "-pix_fmt", "yuv444p10le"],
    "h264_full_range.mp4": ["-c:v", "libx264", "-color_range", "pc", "-vf", "scale=out_range=pc"],
    "h264_bt709.mp4": ["-c:v", "libx264", "-colorspace", "bt709", "-vf", "scale=out_color_matrix=bt709"],
    "h264_interlaced.mp4": ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264opts", "tff=1"],
    "h264.ts": ["-c:v", "libx264"],
    "h264.flv": ["-c:v", "libx264"],
    "hevc_10bit.mp4": ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none"],
    "vp8.webm": ["-c:v", "libvpx"],
    "vp9.webm": ["-c:v", "libvpx-vp9"],
    "mpeg1.mpg": ["-c:v", "mpeg1video"],
    "mpeg2.mpg": ["-c:v", "mpeg2video"],
    "mpeg2_interlaced.vob": ["-c:v", "mpeg2video", "-flags", "+ildct+ilme"],
    "dv.avi": ["-c:v", "dvvideo", "-s", "720x576", "-pix_fmt", "yuv420p"],
    "mpeg4.avi": ["-c:v", "mpeg4", "-bf", "2"],
    "msmpeg4.avi": ["-c:v", "msmpeg4"],
    "wmv2.wmv": ["-c:v", "wmv2"],
    "mjpeg.avi": ["-c:v", "mjpeg", "-pix_fmt", "yuvj422p"],
    "prores.mov": ["-c:v", "prores_ks"],
    "prores_interlaced.mov": ["-c:v", "prores_ks", "-flags", "+ildct"],
    "ffv1.mkv": ["-c:v", "ffv1", "-pix_fmt", "bgr0"],
    "huffyuv.avi": ["-c:v", "huffyuv"],
    "raw.avi": ["-c:v", "rawvideo", "-pix_fmt", "uyvy422"],
    "palette.gif": [],
    "odd_size.mp4": ["-c:v", "libx264", "-pix_fmt", "yuv444p", "-vf", "scale=65:49"],
    "15_fps.mkv": ["-c:v", "libx264", "-r", "15"],
    "ntsc.mov": ["-c:v", "mpeg4", "-r", "30000/1001"],
}
"""Arguments of ffmpeg by the name of the file that it encodes."""


def shown_by_ffmpeg(path: Path, like: np.ndarray) -> np.ndarray:
    raw = ["-fps_mode", "passthrough", "-pix_fmt", "bgr24", "-f", "rawvideo", "-"]
    command = ["ffmpeg", "-v", "quiet", "-threads", "1", "-i", path, *raw]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, *like.shape[1:])


def assert_equal_to_ffmpeg(path: Path) -> None:
    frames = np.array(list(decode.decode(path, None)))
    reference = shown_by_ffmpeg(path, frames)
    assert frames.shape == reference.shape
    assert np.abs(frames.astype(int) - reference).max() <= ROUNDING
    assert (probe.probe(path).frames, probe.probe(path).damaged) == (len(reference), 0)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("source") / "source.mkv"
    return encoded.write(path, encoded.pictures(10, 96, 64), "ffv1", "bgr0")


@pytest.mark.parametrize("name", CASES)
def test_what_ffmpeg_encodes(tmp_path, source, name):
    how = CASES[name] if "-pix_fmt" in CASES[name] or name.endswith("gif") else ["-pix_fmt", "yuv420p", *CASES[name]]
    how = [*how[2:]] if name.startswith("prores") else how
    command = ["ffmpeg", "-v", "quiet", "-i", source, "-threads", "1", *how, tmp_path / name]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("this ffmpeg has no such encoder")
    assert_equal_to_ffmpeg(tmp_path / name)


@pytest.mark.parametrize("name", sorted(encoded.REFERENCES))
def test_the_references(name):
    assert_equal_to_ffmpeg(fingerprint.REFERENCES / name)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_trimmed_video_begins_where_its_edit_list_says(tmp_path, source, suffix):
    whole, trimmed = tmp_path / f"whole{suffix}", tmp_path / f"trimmed{suffix}"
    encoded.write(whole, encoded.pictures(60, 96, 64), "libx264", options={"g": "30"})
    subprocess.run(["ffmpeg", "-v", "quiet", "-ss", "0.6", "-i", whole, "-c", "copy", trimmed], check=True)
    assert_equal_to_ffmpeg(trimmed)
    assert probe.probe(trimmed).frames < 60


@pytest.mark.parametrize("second", ["64x48", "128x32"])
def test_recordings_that_were_joined(tmp_path, source, second):
    for name, size in (("a", "96x64"), ("b", second)):
        arguments = ["-c:v", "mpeg2video", "-s", size, "-output_ts_offset", "5000" if name == "b" else "0"]
        subprocess.run(["ffmpeg", "-v", "quiet", "-i", source, *arguments, tmp_path / f"{name}.ts"], check=True)
    (tmp_path / "c.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    assert_equal_to_ffmpeg(tmp_path / "c.ts")


@pytest.mark.parametrize("more", [[], ["-disposition:v:0", "default", "-disposition:v:1", "0"]])
@pytest.mark.parametrize("name", ["a.ts", "a.avi", "a.mkv", "a.mp4", "a.mpg"])
def test_of_several_streams_the_one_that_ffmpeg_takes(tmp_path, source, name, more):
    larger = ["-filter_complex", "[0:v]scale=128:96[large]", "-map", "0", "-map", "[large]"]
    command = ["ffmpeg", "-v", "quiet", "-i", source, *larger, "-pix_fmt", "yuv420p", "-c:v", "mpeg2video", *more]
    subprocess.run([*command, "-frames:v:1", "6", tmp_path / name], check=True)
    assert_equal_to_ffmpeg(tmp_path / name)


@pytest.mark.parametrize("number", range(18))
def test_every_colour_matrix(tmp_path, source, number):
    whole, changed = tmp_path / "whole.mp4", tmp_path / "a.mp4"
    encoded.write(whole, encoded.pictures(4, 96, 64), "libx264")
    change = ["-c", "copy", "-bsf:v", f"h264_metadata=matrix_coefficients={number}"]
    subprocess.run(["ffmpeg", "-v", "quiet", "-i", whole, *change, changed], check=True)
    assert_equal_to_ffmpeg(changed)
