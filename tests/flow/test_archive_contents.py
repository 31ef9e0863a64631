"""What is known of an archive's images: changes of any kind are noticed, and nothing is read twice for nothing."""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from twostream.flow import archive_contents
from twostream.flow.archive import VideoImages, scan

PAIRS = 3


@pytest.fixture
def root(tmp_path) -> Path:
    """An archive of two videos, whose images are all of one size in bytes."""
    for video in "ab":
        for component in "xy":
            for number in range(PAIRS):
                path = tmp_path / "archive" / video / f"flow_{component}_{number:05d}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.full((16, 16), 128, np.uint8))
    return tmp_path / "archive"


def videos(root: Path) -> dict[str, VideoImages]:
    return {f"Jump/{name}.avi": images for name, (images,) in scan(root).items()}


def contents(root: Path) -> dict[str, archive_contents.Content]:
    return archive_contents.read(root.parent / "cache", root, videos(root), 1)


def change_one_byte(path: Path) -> None:
    """Write other content of the same size, whole, and give the file its old time."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The names of the folders of which an image is read."""
    original, folders = Path.read_bytes, []

    def read_bytes(path: Path) -> bytes:
        if path.suffix == ".jpg":
            folders.append(path.parent.name)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    return folders


def test_an_image_that_changed_but_kept_size_and_time_changes_the_digest(root):
    before = contents(root)
    path = root / "a" / "flow_y_00001.jpg"
    status = path.stat()
    change_one_byte(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    after = contents(root)
    assert archive_contents.digest(after) != archive_contents.digest(before)
    assert after["Jump/b.avi"] == before["Jump/b.avi"]


def test_the_components_exchanged_change_the_digest(root):
    cv2.imwrite(str(root / "a" / "flow_x_00000.jpg"), np.full((16, 16), 90, np.uint8))
    before = contents(root)
    (root / "a" / "flow_x_00000.jpg").rename(root / "a" / "spare")
    (root / "a" / "flow_y_00000.jpg").rename(root / "a" / "flow_x_00000.jpg")
    (root / "a" / "spare").rename(root / "a" / "flow_y_00000.jpg")
    assert archive_contents.digest(contents(root)) != archive_contents.digest(before)


def test_what_is_known_is_not_read_again(root, reads):
    before = contents(root)
    assert len(reads) == 2 * 2 * PAIRS
    reads.clear()
    assert contents(root) == before
    assert reads == []


def test_of_a_video_that_was_touched_the_images_are_read_and_recognised(root, reads):
    before = contents(root)
    reads.clear()
    os.utime(root / "b" / "flow_x_00000.jpg")
    assert archive_contents.digest(contents(root)) == archive_contents.digest(before)
    assert set(reads) == {"b"}


def test_a_copy_elsewhere_has_the_same_digest(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    assert archive_contents.digest(contents(tmp_path / "copy")) == archive_contents.digest(contents(root))


def test_an_image_that_is_cut_short_is_named_until_it_is_mended(root):
    path = root / "b" / "flow_y_00002.jpg"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert [content.fault for content in contents(root).values()] == ["", f"cut short: {path}"]
    assert contents(root)["Jump/b.avi"].fault == f"cut short: {path}"
    path.write_bytes(whole)
    assert contents(root)["Jump/b.avi"].fault == ""
