"""The digest of a video is of the bytes that were decoded, whatever happens to its file meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from support.videos import encode, moving_dots
from twostream.errors import InputError
from twostream.videos import decode, probe, verified
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


def test_verified_bytes_are_decoded_as_those_of_the_file(video):
    plain = list(decode.decode(video, 32))
    checked = list(decode.decode(video, 32, digest=probe.content_digest(video)))
    assert len(plain) == len(checked) == 60
    assert all((a == b).all() for a, b in zip(plain, checked, strict=True))


def test_a_video_in_whose_place_another_lies_while_it_is_decoded_is_decoded(video, other, monkeypatch):
    """As a user does who takes another video by mistake, and puts the old one back, its time too."""
    frames, digest, digest_of_file = list(decode.decode(video, 32)), probe.content_digest(video), VerifiedFile._read_all

    def read_all_then_replace(file):
        found = digest_of_file(file)
        original = put_aside(video)
        shutil.copy(other, video)
        shutil.copystat(original, video)
        return found

    monkeypatch.setattr(VerifiedFile, "_read_all", read_all_then_replace)
    decoded = list(decode.decode(video, 32, digest=digest))
    assert all((a == b).all() for a, b in zip(frames, decoded, strict=True))


def test_a_video_that_is_written_over_while_it_is_decoded_is_refused(video, other, monkeypatch):
    monkeypatch.setattr(verified, "BLOCK", 512)
    frames = decode.decode(video, 32, digest=probe.content_digest(video))
    next(frames)
    video.write_bytes(other.read_bytes())
    with pytest.raises(InputError, match=r"a\.avi: the video changes while it is read: run the workflow again"):
        list(frames)


def test_no_frame_comes_of_a_video_that_was_written_over_and_put_back(video, other, monkeypatch):
    monkeypatch.setattr(verified, "BLOCK", 512)
    original, expected = video.read_bytes(), list(decode.decode(video, 32))
    decoded = []
    try:
        for number, frame in enumerate(decode.decode(video, 32, digest=probe.content_digest(video))):
            decoded.append(frame)
            video.write_bytes(original if number % 2 else other.read_bytes())
    except InputError as error:
        assert error.args[1] == verified.CHANGES
    assert all((a == b).all() for a, b in zip(decoded, expected[: len(decoded)], strict=True))


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
