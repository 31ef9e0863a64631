"""Frames converted to pictures: with matrices that swscale does not know, of sizes that no filter takes."""

from pathlib import Path

import numpy as np
import pytest

from support import encoded
from twostream.errors import InputError
from twostream.videos import decode, picture, probe

PROGRESSIVE = {"codec": "huffyuv", "pixels": "yuv422p"}
INTERLACED = {"codec": "mpeg2video", "options": {"flags": "+ildct+ilme"}}


def with_matrix(folder: Path, name: str) -> Path:
    """Encode a video whose stream names a colour matrix, which the pictures do not heed."""
    # Without loss, since x264 does not always encode the same pictures alike.
    options = {"x264-params": f"colormatrix={name}:qp=0"}
    return encoded.write(folder / f"{name}.mp4", encoded.pictures(4), "libx264", options=options)


@pytest.mark.parametrize(
    ("name", "substitute"),
    [("YCgCo", "bt470bg"), ("bt2020c", "bt2020nc"), ("smpte2085", "bt470bg"), ("ICtCp", "bt470bg")],
)
def test_a_matrix_that_swscale_does_not_know_is_replaced_as_ffmpeg_does(tmp_path, name, substitute):
    unknown, known, other = (with_matrix(tmp_path, which) for which in (name, substitute, "bt709"))
    assert (probe.probe(unknown).reason, probe.probe(unknown).damaged) == ("", 0)
    frames = list(decode.decode(unknown, None))
    assert np.array_equal(frames, list(decode.decode(known, None)))
    assert not np.array_equal(frames, list(decode.decode(other, None)))


def test_what_cannot_be_converted_is_bad_and_named_wherever_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "SUBSTITUTES", {})
    unknown = with_matrix(tmp_path, "YCgCo")
    assert probe.probe(unknown).reason.startswith("its frames (yuv420p, colour matrix 8) cannot be converted: ")
    with pytest.raises(InputError, match=r"YCgCo\.mp4: its frames .* cannot be converted"):
        list(decode.decode(unknown, None))


@pytest.mark.parametrize("size", [(2, 40), (2, 2), (62, 1), (4, 6)])
@pytest.mark.parametrize("how", [PROGRESSIVE, INTERLACED])
def test_frames_too_small_to_be_deinterlaced_stay_as_they_are(tmp_path, size, how):
    path = encoded.write(tmp_path / "a.avi", encoded.pictures(4, *size), **how)
    plain, filtered = (list(decode.decode(path, None, way)) for way in (False, True))
    assert np.array_equal(plain, filtered)
    assert probe.probe(path).interlaced == (4 if how is INTERLACED else 0)


def test_a_turned_frame_is_deinterlaced_by_the_size_in_which_it_is_shown(tmp_path):
    """Its colour planes have 4 x 3 pixels, and turned 3 x 4."""
    path = encoded.write(tmp_path / "a.mov", encoded.pictures(4, 8, 6), **INTERLACED)
    plain, filtered = (list(decode.decode(path, None, way)) for way in (False, True))
    assert np.array_equal(plain, filtered)
    encoded.turn(path, (0, 1, -1, 0, 0, 0))
    plain, filtered = (list(decode.decode(path, None, way)) for way in (False, True))
    assert not np.array_equal(plain, filtered)


def test_a_filter_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "DEINTERLACE", ("bwdif", "mode=none_such"))
    path = encoded.write(tmp_path / "a.avi", encoded.pictures(4), **INTERLACED)
    with pytest.raises(InputError, match=r"a\.avi: its frames .* cannot be converted"):
        list(decode.decode(path, None, deinterlace=True))


def test_progressive_frames_of_any_pixel_format_stay_as_they_are(tmp_path):
    path = encoded.write(tmp_path / "a.avi", encoded.pictures(4), "rawvideo", "uyvy422")
    plain, filtered = (list(decode.decode(path, None, way)) for way in (False, True))
    assert np.array_equal(plain, filtered)


def test_interlaced_frames_after_progressive_ones_are_deinterlaced_like_any(tmp_path):
    """Each is filtered with its neighbours, also the first one."""
    kinds = {"p": {"codec": "mpeg2video"}, "i": {"codec": "mpeg2video", "options": {"flags": "+ildct+ilme"}}}
    for name, how in kinds.items():
        encoded.write(tmp_path / f"{name}.ts", encoded.pictures(6), **how)
    (tmp_path / "a.ts").write_bytes(b"".join((tmp_path / f"{name}.ts").read_bytes() for name in "pip"))
    plain, filtered = (np.array(list(decode.decode(tmp_path / "a.ts", None, way))) for way in (False, True))
    interlaced = probe.probe(tmp_path / "a.ts").interlaced
    is_changed = [not np.array_equal(*frames) for frames in zip(plain, filtered, strict=True)]
    assert sum(is_changed) == interlaced > 3
