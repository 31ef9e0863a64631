"""Trouble of the system in reading a file is named, and is no damage: the file stays where it is."""

import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.stacks import descriptors, video, write
from twostream.errors import InputError
from twostream.stacks import links, shards
from twostream.stacks.reader import StackReader


@contextmanager
def too_many_files(_: Path) -> Iterator[None]:
    """No file more can be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 + max(map(int, os.listdir("/proc/self/fd"))), hard))
    descriptors = []
    try:
        with pytest.raises(OSError, match="Too many"):
            while True:
                descriptors.append(os.open("/dev/null", os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in descriptors:
            os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another has the file locked."""
    with path.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    ("trouble", "reason"), [(too_many_files, "Too many open files"), (locked, "Resource temporarily unavailable")]
)
class TestSystemErrors:
    """The system cannot open a file, which may be whole: it is named, and left where it is."""

    def test_a_shard_stays_in_use(self, linked, trouble, reason):
        reader, shard = StackReader(linked), linked.parents[1] / "flow" / "0001-x.h5"
        frames = reader.read("A/a.avi", 0, 6)
        with trouble(shard), pytest.raises(InputError, match=rf"0001-x\.h5: cannot be read \({reason}\)"):
            reader.read("A/c.avi", 0, 6)
        assert len(reader.read("A/c.avi", 0, 6)) == len(frames)
        assert linked.exists()

    def test_a_linked_file_stays_in_use(self, linked, trouble, reason):
        reader = StackReader(linked)
        with trouble(linked), pytest.raises(InputError, match=rf"flow\.h5: cannot be read \({reason}\)"):
            reader.read("A/c.avi", 0, 6)
        assert len(reader.read("A/c.avi", 0, 6)) == 6


def test_what_a_locked_shard_holds_is_not_made_again(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with locked(shard), pytest.raises(InputError, match=r"0001-x\.h5: cannot be read"):
        shards.fill(shard.with_name("0001-y.h5"), [video("c")], write)


def test_a_locked_shard_that_is_to_be_joined_stays_in_use(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with locked(shard), pytest.raises(InputError, match=r"0001-x\.h5: cannot be read"):
        links.write_links(linked, [shard], "flow")
    assert shard.exists()


@pytest.mark.parametrize("known", [False, True])
def test_a_disk_that_fails_is_not_damage(linked, known):
    """Whether in looking a video up or in reading its frames: reading one's own memory at 0 fails as a disk does."""
    reader, folder = StackReader(linked), linked.parents[1] / "flow"
    reader.length("A/b.avi" if known else "A/a.avi")
    failing = os.open("/proc/self/mem", os.O_RDONLY)
    os.dup2(failing, descriptors(folder)["0000-x.h5"])
    os.close(failing)
    with pytest.raises(InputError, match=r"0000-x\.h5: cannot be read \(Input/output error\)"):
        reader.read("A/b.avi", 0, 6)
    assert (folder / "0000-x.h5").exists()
    assert linked.exists()
