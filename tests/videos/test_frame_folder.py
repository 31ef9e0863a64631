"""Folders of numbered pictures in place of videos."""

import os

import cv2
import numpy as np
import pytest

from support.videos import encode, moving_dots
from twostream.config import check
from twostream.errors import InputError
from twostream.videos import decode, frame_folder, index, ledger, listing, parts, probe
from twostream.videos.fingerprint import Fingerprint
from twostream.videos.formats import detection, reading
from twostream.videos.interval import FRAMES, Bounds, Part

DECODER = Fingerprint(bits="b", reads="r", version="v")
SETTINGS = check.check({})["index"] | {"split": 1}


def write(folder, frames=12, name="{:05d}.png", first=1):
    folder.mkdir(parents=True)
    for number, picture in enumerate(moving_dots(frames), first):
        cv2.imwrite(str(folder / name.format(number)), picture)
    return folder


@pytest.fixture
def data(tmp_path):
    """Two classes of two videos."""
    for number, name in enumerate(("jump/a", "jump/b", "run/c", "run/d"), 9):
        write(tmp_path / "set" / name, number)
    return tmp_path / "set"


def test_the_frames_are_those_of_the_pictures_by_their_numbers(tmp_path):
    folder = write(tmp_path / "v", 12, "img_{}.png", 5)
    (folder / ".hidden").touch()
    assert np.array_equal(list(decode.decode(folder, None, digest=probe.content_digest(folder))), list(moving_dots(12)))
    held = probe.probe(folder)
    assert (held.frames, held.width, held.height, held.damaged, held.reason) == (12, 64, 48, 0, "")
    part = Part(file="v", first=3, length=4, frames=4)
    assert np.array_equal(list(decode.decode(folder, None, part=part)), list(moving_dots(12))[3:7])


def test_pictures_that_changed_are_refused_and_damaged_ones_named(tmp_path):
    folder = write(tmp_path / "v", 6, "{:03d}.jpg")
    digest = probe.content_digest(folder)
    third = folder / "003.jpg"
    third.write_bytes(third.read_bytes()[: third.stat().st_size // 2])
    with pytest.raises(InputError, match="has changed since it was indexed"):
        list(decode.decode(folder, None, digest=digest))
    assert (probe.probe(folder).reason, probe.probe(folder).damaged) == ("", 1)
    third.write_bytes(third.read_bytes()[:200])
    assert probe.probe(folder).reason == "nothing of its frame 003.jpg can be decoded"


def test_they_are_videos_where_no_video_file_is(data):
    dataset = check.check({"dataset": {"folder": str(data)}})["dataset"]
    form = detection.detect(data, dataset)
    assert str(form).endswith("its videos are folders of pictures")
    files = listing.scan_all(data, None, form.depth, (), form.pictures)
    assert [file.id for file in files.files] == ["jump/a", "jump/b", "run/c", "run/d"]
    assert reading.read(form, data, [file.id for file in files.files], 1) is None
    probes = {file.id: probe.probe(data / file.id) for file in files.files}
    assert [video.frames for video in index.assemble(data, probes, None, SETTINGS).videos] == [9, 10, 11, 12]
    encode(data / "jump" / "e.avi", moving_dots(9))
    assert not detection.detect(data, dataset).pictures


def test_a_table_may_name_them(data):
    (data / "list.csv").write_text("path,label,start_frame,end_frame\njump/a,x,0,4\njump/a,y,4,9\nrun/c,x,,\n")
    dataset = check.check({"dataset": {"folder": str(data)}})["dataset"]
    form = detection.detect(data, dataset)
    files = listing.scan_all(data, None, form.depth, reading.files(form, 1), form.pictures).files
    split = reading.read(form, data, [file.id for file in files], 1)
    assert list(split.label_of) == ["jump/a#frame=0,4", "jump/a#frame=4,9", "run/c"]


def test_a_change_of_one_picture_is_a_change_of_the_video(data):
    (before,) = (file for file in listing.scan_all(data, None, 1, (), True).files if file.id == "run/c")
    (data / "run" / "c" / "00003.png").write_bytes(b"longer or shorter")
    (after,) = (file for file in listing.scan_all(data, None, 1, (), True).files if file.id == "run/c")
    assert ledger.listing_digest([before], {}) != ledger.listing_digest([after], {})


def test_they_have_no_times(data):
    held = probe.probe(data / "jump" / "a")
    assert parts.at_rate(held, "jump/a", 10).probe.reason == parts.NO_TIMES
    assert Bounds(file="jump/a", start=1, unit=FRAMES).id == "jump/a#frame=1"


def test_a_folder_with_other_files_is_none(tmp_path):
    folder = write(tmp_path / "v")
    (folder / "notes.txt").touch()
    assert frame_folder.pictures(folder) == []


def test_a_picture_that_is_replaced_under_the_same_size_and_time_is_seen(tmp_path):
    folder = write(tmp_path / "set/jump/v", 6)
    entries = listed(tmp_path / "set", {})
    first = folder / "00001.png"
    times = first.stat().st_atime_ns, first.stat().st_mtime_ns
    spoilt = bytearray(first.read_bytes())
    spoilt[-1] ^= 1
    first.write_bytes(spoilt)
    os.utime(first, ns=times)
    assert listed(tmp_path / "set", entries)["jump/v"].probe.digest != entries["jump/v"].probe.digest


def listed(folder, entries):
    """Return the ledger of the pictures in `folder` after `entries`."""
    files = listing.scan_all(folder, None, 1, (), True).files
    return ledger.add_probes(folder, files, ledger.recognise(folder, files, entries), DECODER, 1, "sync")


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "png", "bmp", "webp"])
def test_pictures_of_any_size_and_form_are_frames(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 255, (2, 96, 128, 1), np.uint8).repeat(3, 3)  # JPEG of more than 2 kB.
    for number, picture in enumerate(noise):
        cv2.imwrite(str(tmp_path / f"{number}.{suffix}"), picture)
    assert (probe.probe(tmp_path).reason, probe.probe(tmp_path).frames) == ("", 2)
    assert np.abs(np.stack(list(decode.decode(tmp_path, None))).astype(int) - noise).mean() < 9


def test_a_folder_of_a_single_or_a_damaged_picture_is_a_bad_video_with_its_reason(data):
    write(data / "run/one", 1)
    write(data / "run/cut")
    (data / "run/cut/00003.png").write_bytes(b"no picture")
    probes = {id: probe.probe(data / id) for id in ("jump/a", "jump/b", "run/c", "run/cut", "run/d", "run/one")}
    bad = index.assemble(data, probes, None, SETTINGS | {"max_bad": 0.5}).bad
    assert [video.id for video in bad] == ["run/cut", "run/one"]
    assert "its frame 00003.png is no picture" in bad[0].reason
