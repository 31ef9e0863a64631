"""The digest of a video is of the bytes that were decoded, whatever happens to its file meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from support.videos import encode, moving_dots
from twostream.errors import InputError
from twostream.videos import decode, probe, verified
from twostream.videos.source import open_video
from twostream.videos.verified import VerifiedFile


@pytest.fixture
def video(tmp_path) -> Path:
    path = tmp_path / "class" / "a.avi"
    encode(path, moving_dots(60))
    return path


@pytest.fixture
def other(tmp_path) -> Path:
    """Another video of as many frames."""
    path = tmp_path / "other.avi"
    encode(path, moving_dots(60, step=3.0))
    return path


def put_aside(video: Path) -> Path:
    return video.rename(video.with_suffix(".original"))


def write_over(video: Path, data: bytes) -> None:
    """Write other bytes into the file, which keeps its length."""
    length = video.stat().st_size
    with video.open("r+b") as file:
        file.write(data[:length].ljust(length, b"\0"))


def test_verified_bytes_are_decoded_as_those_of_the_file(video):
    plain = list(decode.decode(video, 32))
    checked = list(decode.decode(video, 32, digest=probe.content_digest(video)))
    assert len(plain) == len(checked) == 60
    assert all((a == b).all() for a, b in zip(plain, checked, strict=True))


def test_a_video_in_whose_place_another_lies_while_it_is_decoded_is_decoded(video, other, monkeypatch):
    """As a user does who takes another video by mistake, and puts the old one back, its time too."""
    monkeypatch.setattr(verified, "BLOCK", 512)
    expected = list(decode.decode(video, 32))
    frames = decode.decode(video, 32, digest=probe.content_digest(video))
    decoded = [next(frames)]
    original = put_aside(video)
    shutil.copy(other, video)
    shutil.copystat(original, video)
    decoded += frames
    assert all((a == b).all() for a, b in zip(expected, decoded, strict=True))


def test_a_video_that_is_written_over_while_it_is_decoded_is_refused_in_one_line(video, other, monkeypatch, capfd):
    monkeypatch.setattr(verified, "BLOCK", 512)
    frames = decode.decode(video, 32, digest=probe.content_digest(video))
    next(frames)
    video.write_bytes(other.read_bytes())
    with pytest.raises(InputError, match=r"a\.avi: the video changes while it is read: run the workflow again"):
        list(frames)
    assert capfd.readouterr() == ("", "")


def test_no_frame_comes_of_a_video_that_is_written_over_and_put_back(video, other, monkeypatch):
    monkeypatch.setattr(verified, "BLOCK", 512)
    original, decoded = video.read_bytes(), []
    with open_video(video) as source:
        expected = [frame.to_ndarray() for frame in source.frames()]
    digest = probe.content_digest(video)
    with (
        pytest.raises(InputError, match="the video changes while it is read"),
        verified.open_verified(video, digest) as file,
        open_video(video, file=file) as source,
    ):
        for number, frame in enumerate(source.frames()):
            decoded.append(frame.to_ndarray())
            write_over(video, original if number % 2 else other.read_bytes())
    assert 0 < len(decoded) < len(expected)
    assert all((a == b).all() for a, b in zip(decoded, expected[: len(decoded)], strict=True))


def test_a_change_is_raised_once_and_again_at_the_end(video, other):
    digest = probe.content_digest(video)
    with (
        pytest.raises(InputError, match="the video changes while it is read"),
        verified.open_verified(video, digest) as file,
    ):
        write_over(video, other.read_bytes())
        with pytest.raises(InputError):
            file.read()
        assert file.read() == b""


def test_a_video_that_is_another_one_is_refused(video, other):
    with pytest.raises(InputError, match=r"a\.avi: the video has changed since it was indexed"):
        list(decode.decode(video, 32, digest=probe.content_digest(other)))


def test_probing_a_video_that_changes_is_no_verdict_on_it(video, other, monkeypatch):
    monkeypatch.setattr(probe, "content_digest", lambda path: "0" * 16)
    with pytest.raises(InputError, match="the video has changed since it was indexed"):
        probe.probe(video)


@pytest.mark.parametrize("block", [7, 100, 1 << 20])
def test_any_reads_give_the_bytes_of_the_file(tmp_path, monkeypatch, block):
    monkeypatch.setattr(verified, "BLOCK", block)
    path = tmp_path / "a"
    path.write_bytes(bytes(range(250)) * 3)
    with VerifiedFile(path, "") as file:
        assert file.seek(0, os.SEEK_END) == 750
        for position in (740, 0, 99, 355, 750, 900):
            file.seek(position)
            data = b""
            while len(data) < 60 and (more := file.read(60 - len(data))):
                data += more
            assert data == path.read_bytes()[position : position + 60]


def test_a_system_that_gives_bytes_in_parts_gives_the_same(video, monkeypatch):
    pread = os.pread
    monkeypatch.setattr(verified.os, "pread", lambda file, size, start: pread(file, min(size, 1000), start))
    with VerifiedFile(video, probe.content_digest(video)) as file:
        assert file.read() == video.read_bytes()
