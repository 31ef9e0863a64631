"""What is written survives a loss of power: simulated by a disk that keeps only what it was told to sync."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twostream.files import atomic, hdf5, sealed


class LossyDisk:
    """What of the files in `folder` is on the disk: contents and names as they were when they were synced.

    A rename may reach the disk by itself, before the content of the file does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents: dict[int, bytes] = {}
        self.names: dict[str, int] = {}

    def fsync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self.names = self.current_names()
        else:
            self.contents[status.st_ino] = os.pread(descriptor, status.st_size, 0)

    def current_names(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def survivors(self, path: Path) -> Iterator[bytes | None]:
        """Yield what a loss of power may leave of `path`: None where it leaves no file."""
        for names in (self.names, self.current_names()):
            yield self.contents.get(names[path.name], b"") if path.name in names else None


def write_hdf5(path: Path) -> None:
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        file["a"] = 1


def write_by_name(path: Path) -> None:
    with atomic.replacing_by_name(path) as named:
        named.write_bytes(b"whole")


WRITERS: dict[str, Callable[[Path], None]] = {
    "text": lambda path: atomic.write_text(path, "whole"),
    "by name": write_by_name,
    "sealed": lambda path: sealed.write(path, b"whole"),
    "hdf5": write_hdf5,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("old", [None, b"old"], ids=["new", "replaced"])
def test_a_loss_of_power_leaves_the_old_file_or_the_whole_new_one(tmp_path, monkeypatch, writer, old):
    path, disk = tmp_path / "file", LossyDisk(tmp_path)
    monkeypatch.setattr(os, "fsync", disk.fsync)
    if old:
        path.write_bytes(old)
        disk.contents[path.stat().st_ino] = old
        disk.names = disk.current_names()
    left = []
    replace = os.replace

    def replace_and_look(source, target):
        left.extend(disk.survivors(path))
        replace(source, target)
        left.extend(disk.survivors(path))

    monkeypatch.setattr(os, "replace", replace_and_look)
    WRITERS[writer](path)
    new = path.read_bytes()
    assert set(left) <= {old, new}
    assert set(disk.survivors(path)) == {new}, "what is said to be written is on the disk"


def test_a_file_system_that_cannot_sync_is_written_to_all_the_same(tmp_path, monkeypatch):
    def fsync(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fsync)
    atomic.write_text(tmp_path / "file", "whole")
    assert atomic.is_text(tmp_path / "file", "whole")
