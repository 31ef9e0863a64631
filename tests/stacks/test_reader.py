import fcntl
import multiprocessing
import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

from support.stacks import video, write
from twostream.cache import provenance
from twostream.cache.stages import COMPUTE_FLOW
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.stacks import codecs, shards
from twostream.stacks import reader as stacks
from twostream.videos import index

RNG = np.random.default_rng(0)


def test_a_stack_is_a_slice(linked):
    reader = stacks.StackReader(linked)
    whole = reader.read("A/b.avi", 0, 6)
    assert whole.shape == (6, 2, 8, 10)
    assert (reader.read("A/b.avi", 2, 3) == whole[2:5]).all()
    assert reader.length("A/c.avi") == 6


def test_a_video_shorter_than_the_stack_repeats_its_last_frame(linked):
    reader = stacks.StackReader(linked)
    stack = reader.read("A/a.avi", 0, 9)
    assert (stack[:6] == reader.read("A/a.avi", 0, 6)).all()
    assert (stack[6:] == stack[5]).all()


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (6, 1), (4, 3), (1, 9)])
def test_a_stack_beyond_the_end_is_refused(linked, start, length):
    with pytest.raises(InputError, match=f"A/a.avi has 6 frames: no stack of {length} at {start}"):
        stacks.StackReader(linked).read("A/a.avi", start, length)


def test_an_unknown_video_is_named(linked):
    with pytest.raises(InputError, match=r"there is no video A/z\.avi"):
        stacks.StackReader(linked).length("A/z.avi")


def test_a_flipped_byte_is_reported_with_file_and_video(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with h5py.File(shard) as file:
        place = file["A/c.avi/dense"].id.get_chunk_info(3).byte_offset
    flip(shard, place + 20)
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        stacks.StackReader(linked).read("A/c.avi", 0, 6)
    assert not shard.exists()
    assert not linked.exists()


@pytest.mark.parametrize("kept", [0, 500, 3000])
def test_a_shard_that_is_cut_short_is_named(linked, kept):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        stacks.StackReader(linked).length("A/c.avi")


def test_a_shard_that_is_missing_is_named(linked):
    (linked.parents[1] / "flow" / "0001-x.h5").unlink()
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        stacks.StackReader(linked).length("A/c.avi")


def test_a_shard_of_another_key_is_named(linked, tmp_path):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shards.fill(tmp_path / "other" / shard.name, [video("c")], write, "flow", 1, "threads")
    (tmp_path / "other" / shard.name).replace(shard)
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is of another key"):
        stacks.StackReader(linked).read("A/c.avi", 0, 1)
    assert not shard.exists()
    assert not linked.exists()


def test_a_shard_of_another_key_is_not_joined(linked, tmp_path):
    shards.fill(tmp_path / "other" / "0002-x.h5", [video("d")], write, "flow", 1, "threads")
    shard = (tmp_path / "other" / "0002-x.h5").replace(tmp_path / "flow" / "0002-x.h5")
    with pytest.raises(InputError, match=r"0002-x\.h5: the file is of another key"):
        stacks.write_links(linked, [shard], "flow")


def test_no_flipped_byte_goes_unnoticed(linked):
    """Whatever byte of a shard is changed: what is read is right, or it is refused."""
    shard = linked.parents[1] / "flow" / "0000-x.h5"
    content, link = shard.read_bytes(), linked.read_bytes()
    truth = {id: stacks.StackReader(linked).read(id, 0, 6) for id in ("A/a.avi", "A/b.avi")}
    noticed = 0
    for place in np.linspace(0, len(content) - 1, 150).astype(int):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        shard.write_bytes(flipped)
        linked.write_bytes(link)
        try:
            for id, frames in truth.items():
                assert (stacks.StackReader(linked).read(id, 0, 6) == frames).all()
        except InputError:
            noticed += 1
    assert noticed > 50


def test_the_cache_can_be_moved(linked, tmp_path):
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert stacks.StackReader(moved / "stacks" / "flow.h5").length("A/a.avi") == 6


@contextmanager
def too_many_files(_: Path) -> Iterator[None]:
    """No file more can be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 + max(map(int, os.listdir("/proc/self/fd"))), hard))
    held = []
    try:
        with pytest.raises(OSError, match="Too many"):
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another has the file locked."""
    with path.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    ("trouble", "told"), [(too_many_files, "Too many open files"), (locked, "Resource temporarily unavailable")]
)
class TestTroubleThatIsNotDamage:
    """The system cannot open a file, which may be whole: it is named, and left where it is."""

    def test_a_shard_stays_in_use(self, linked, trouble, told):
        reader, shard = stacks.StackReader(linked), linked.parents[1] / "flow" / "0001-x.h5"
        frames = reader.read("A/a.avi", 0, 6)
        with trouble(shard), pytest.raises(InputError, match=rf"0001-x\.h5: cannot be read \({told}\)"):
            reader.read("A/c.avi", 0, 6)
        assert len(reader.read("A/c.avi", 0, 6)) == len(frames)
        assert linked.exists()

    def test_a_linked_file_stays_in_use(self, linked, trouble, told):
        reader = stacks.StackReader(linked)
        with trouble(linked), pytest.raises(InputError, match=rf"flow\.h5: cannot be read \({told}\)"):
            reader.read("A/c.avi", 0, 6)
        assert len(reader.read("A/c.avi", 0, 6)) == 6


def test_what_a_locked_shard_holds_is_not_made_again(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with locked(shard), pytest.raises(InputError, match=r"0001-x\.h5: cannot be read"):
        shards.fill(shard.with_name("0001-y.h5"), [video("c")], write, "flow", 1, "threads")


def test_a_locked_shard_that_is_to_be_joined_stays_in_use(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with locked(shard), pytest.raises(InputError, match=r"0001-x\.h5: cannot be read"):
        stacks.write_links(linked, [shard], "flow")
    assert shard.exists()


def descriptors(folder: Path) -> dict[str, int]:
    """The files in `folder` that this process has open, and their numbers."""
    numbers = [number for number in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{number}").exists()]
    opened = {Path(f"/proc/self/fd/{number}").readlink(): int(number) for number in numbers}
    return {path.name: number for path, number in opened.items() if path.is_relative_to(folder)}


@pytest.mark.parametrize("known", [False, True])
def test_a_disk_that_fails_is_not_damage(linked, known):
    """Whether in looking a video up or in reading its frames: reading one's own memory at 0 fails as a disk does."""
    reader, folder = stacks.StackReader(linked), linked.parents[1] / "flow"
    reader.length("A/b.avi" if known else "A/a.avi")
    failing = os.open("/proc/self/mem", os.O_RDONLY)
    os.dup2(failing, descriptors(folder)["0000-x.h5"])
    os.close(failing)
    with pytest.raises(InputError, match=r"0000-x\.h5: cannot be read \(Input/output error\)"):
        reader.read("A/b.avi", 0, 6)
    assert (folder / "0000-x.h5").exists()
    assert linked.exists()


def test_a_reader_keeps_so_many_shards_open_and_reads_on(tmp_path, monkeypatch):
    monkeypatch.setattr(stacks, "OPEN", 3)
    names = "abcdefg"
    made = [tmp_path / "flow" / f"000{number}-x.h5" for number in range(len(names))]
    for shard, name in zip(made, names, strict=True):
        shards.fill(shard, [video(name)], write, "flow", 1, "threads")
    stacks.write_links(tmp_path / "flow.h5", made, "flow")
    reader = stacks.StackReader(tmp_path / "flow.h5")
    first = [reader.read(f"A/{name}.avi", 0, 6) for name in names]
    assert set(descriptors(tmp_path / "flow")) == {"0004-x.h5", "0005-x.h5", "0006-x.h5"}
    reader.read("A/e.avi", 0, 1)
    assert np.array_equal([reader.read(f"A/{name}.avi", 0, 6) for name in names[:2]], first[:2])
    assert set(descriptors(tmp_path / "flow")) == {"0004-x.h5", "0000-x.h5", "0001-x.h5"}


@pytest.mark.parametrize("has_begun", [False, True])
def test_of_processes_that_meet_a_damaged_shard_each_names_it(linked, has_begun):
    """Whether or not it has read before another took the shard and the linked file out of use."""
    shard, late = linked.parents[1] / "flow" / "0001-x.h5", stacks.StackReader(linked)
    shard.write_bytes(b"nothing of HDF5")
    if has_begun:
        late.length("A/a.avi")
    for reader in (stacks.StackReader(linked), late):
        with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
            reader.length("A/c.avi")
    assert not shard.exists()
    assert not linked.exists()


def test_links_made_anew_replace_those_that_were_set_aside(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shard.unlink()
    with pytest.raises(InputError, match="missing or damaged"):
        stacks.StackReader(linked).length("A/c.avi")
    shards.fill(shard, [video("c")], write, "flow", 1, "threads")
    stacks.write_links(linked, sorted(shard.parent.glob("*.h5")), "flow")
    assert [path.name for path in linked.parent.iterdir()] == ["flow.h5"]
    assert stacks.StackReader(linked).length("A/c.avi") == 6


def test_no_flipped_byte_of_the_linked_file_goes_unnoticed(linked):
    content = linked.read_bytes()
    noticed = 0
    for place in range(0, len(content), 10):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        hdf5.quarantine_path(linked).unlink(missing_ok=True)
        linked.write_bytes(flipped)
        try:
            assert stacks.StackReader(linked).length("A/c.avi") == 6
        except InputError as error:
            assert "flow.h5: the file is missing or damaged" in str(error)
            noticed += 1
    assert noticed > 10


def _read_all(reader: stacks.StackReader, video: str) -> bytes:
    return reader.read(video, 0, 6).tobytes()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_reader_works_on_in_another_process(linked, method):
    reader = stacks.StackReader(linked)
    here = _read_all(reader, "A/a.avi")
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.starmap(_read_all, [(reader, "A/a.avi")] * 4) == [here] * 4


@pytest.mark.parametrize("replaced", ["shard", "linked"])
def test_a_forked_process_opens_the_files_anew(linked, replaced):
    """Even those that the parent has open: what has taken their place since is what it reads."""
    reader, folder = stacks.StackReader(linked), linked.parents[1] / "flow"
    before = _read_all(reader, "A/a.avi")
    other = index.Video(**{**vars(video("a")), "frames": 7, "digest": "other"})
    shards.fill(folder / "0002-x.h5", [other], write, "flow", 1, "threads")
    if replaced == "shard":
        (folder / "0002-x.h5").replace(folder / "0000-x.h5")
    else:
        stacks.write_links(linked, [folder / "0002-x.h5"], "flow")
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    # What a forked process is started with it inherits, as it is; a pool would pickle the reader.
    child = context.Process(target=lambda: there.send(reader.length("A/a.avi")))
    child.start()
    assert here.poll(60)
    assert here.recv() == 7
    child.join()
    assert _read_all(reader, "A/a.avi") == before


def made(shard: Path, entries: Sequence[index.Video], write_video: shards.WriteVideo) -> None:
    """Fill `shard` as its step does: with its checksum beside it."""
    with provenance.recording(COMPUTE_FLOW, shard, {}, []):
        shards.fill(shard, entries, write_video, "flow", 1, "threads")


def spoil(file: Path, place: int, content: bytes) -> None:
    """Put `content` at `place`, whatever is there."""
    whole = bytearray(file.read_bytes())
    whole[place : place + len(content)] = content
    file.write_bytes(whole)


def flip(file: Path, place: int) -> None:
    """Change every bit of the byte at `place`."""
    spoil(file, place, bytes([file.read_bytes()[place] ^ 0xFF]))


class TestShards:
    def counted(self, codec="zstd"):
        written = []

        def write_and_count(entry, group):
            written.append(entry.id)
            write(entry, group, codec)

        return written, write_and_count

    def test_a_shard_takes_over_what_another_one_holds(self, tmp_path):
        written, count = self.counted()
        shards.fill(tmp_path / "0000-x.h5", [video("a"), video("b")], count, "flow", 1, "threads")
        shards.fill(tmp_path / "0000-y.h5", [video("a"), video("b"), video("c")], count, "flow", 1, "threads")
        assert sorted(written) == ["A/a.avi", "A/b.avi", "A/c.avi"]
        with h5py.File(tmp_path / "0000-x.h5") as old, h5py.File(tmp_path / "0000-y.h5") as new:
            assert (old["A/a.avi/dense"][:] == new["A/a.avi/dense"][:]).all()

    def test_nothing_is_taken_over_from_a_shard_of_another_key(self, tmp_path):
        written, count = self.counted()
        shards.fill(tmp_path / "one" / "0000-x.h5", [video("a")], count, "flow", 1, "threads")
        (tmp_path / "two").mkdir()
        (tmp_path / "one" / "0000-x.h5").replace(tmp_path / "two" / "0000-y.h5")
        shards.fill(tmp_path / "two" / "0000-x.h5", [video("a")], count, "flow", 1, "threads")
        assert written == ["A/a.avi", "A/a.avi"]

    def test_a_video_that_changed_is_made_again(self, tmp_path):
        written, count = self.counted()
        shards.fill(tmp_path / "0000-x.h5", [video("a")], count, "flow", 1, "threads")
        changed = index.Video(**{**vars(video("a")), "digest": "other"})
        shards.fill(tmp_path / "0000-y.h5", [changed], count, "flow", 1, "threads")
        assert written == ["A/a.avi", "A/a.avi"]

    def test_an_interrupted_shard_loses_only_the_video_in_flight(self, tmp_path):
        written, count = self.counted()

        def stop_at_c(entry, group):
            if entry.id == "A/c.avi":
                raise InputError("stopped")
            count(entry, group)

        entries = [video(name) for name in "abcd"]
        with pytest.raises(InputError, match="stopped"):
            shards.fill(tmp_path / "0000-x.h5", entries, stop_at_c, "flow", 1, "threads")
        assert not (tmp_path / "0000-x.h5").exists()
        shards.fill(tmp_path / "0000-x.h5", entries, count, "flow", 1, "threads")
        assert len(written) == 4
        assert [path.name for path in tmp_path.rglob("*.h5")] == ["0000-x.h5"]

    def test_of_a_damaged_shard_only_what_is_damaged_is_made_again(self, tmp_path):
        written, count = self.counted()
        entries, shard = [video("a"), video("b"), video("c")], tmp_path / "0000-x.h5"
        made(shard, entries, count)
        with h5py.File(shard) as file:
            place = file["A/b.avi/dense"].id.get_chunk_info(2).byte_offset
        flip(shard, place + 9)
        with pytest.raises(InputError, match=r"0000-x\.h5: A/b\.avi is missing or damaged"):
            stacks.write_links(tmp_path / "flow.h5", [shard], "flow")
        written.clear()
        made(shard, entries, count)
        assert written == ["A/b.avi"]
        stacks.write_links(tmp_path / "flow.h5", [shard], "flow")

    @pytest.mark.parametrize("codec", ["raw", "jpeg"])
    @pytest.mark.parametrize("value", [0, 255])
    def test_a_hole_in_a_shard_is_made_again(self, tmp_path, codec, value):
        """Its checksum is a hole too, and right."""
        written, count = self.counted(codec)
        entries, shard = [video("a"), video("b")], tmp_path / "0000-x.h5"
        made(shard, entries, count)
        with h5py.File(shard) as file:
            truth = codecs.stored(file["A/b.avi"])[:]
            chunk = file["A/b.avi"]["dense" if codec == "raw" else "jpeg"].id.get_chunk_info(0)
        spoil(shard, chunk.byte_offset, bytes([value]) * chunk.size)
        with pytest.raises(InputError, match=r"0000-x\.h5: A/b\.avi is missing or damaged"):
            stacks.write_links(tmp_path / "flow.h5", [shard], "flow")
        written.clear()
        made(shard, entries, count)
        assert written == ["A/b.avi"]
        stacks.write_links(tmp_path / "flow.h5", [shard], "flow")
        assert (stacks.StackReader(tmp_path / "flow.h5").read("A/b.avi", 0, 6) == truth).all()

    def test_whatever_byte_is_flipped_the_next_run_makes_it_whole(self, tmp_path):
        written, count = self.counted()
        entries, shard, linked = [video(name) for name in "abcd"], tmp_path / "0000-x.h5", tmp_path / "flow.h5"
        made(shard, entries, count)
        stacks.write_links(linked, [shard], "flow")
        whole = shard.read_bytes()
        truth = {entry.id: stacks.StackReader(linked).read(entry.id, 0, 6) for entry in entries}
        remade = []
        for place in np.linspace(0, len(whole) - 1, 80).astype(int):
            flipped = bytearray(whole)
            flipped[place] ^= 0x10
            shard.write_bytes(flipped)
            with pytest.raises(InputError, match=r"0000-x\.h5"):
                stacks.write_links(linked, [shard], "flow")
            written.clear()
            made(shard, entries, count)
            remade.append(len(written))
            stacks.write_links(linked, [shard], "flow")
            assert all((stacks.StackReader(linked).read(id, 0, 6) == frames).all() for id, frames in truth.items())
        assert remade.count(1) > 40, "only the damaged video is made again"

    def test_a_damaged_part_is_made_again(self, tmp_path):
        written, count = self.counted()

        def count_and_die(entry, group):
            count(entry, group)
            if len(written) == 2:
                raise KeyboardInterrupt

        shard, entries = tmp_path / "0000-x.h5", [video("a"), video("b")]
        with pytest.raises(KeyboardInterrupt):
            shards.fill(shard, entries, count_and_die, "flow", 1, "threads")
        (part,) = (tmp_path / "parts").glob("*.h5")
        with h5py.File(part) as file:
            place = file[f"{written[0]}/dense"].id.get_chunk_info(2).byte_offset
        flip(part, place + 9)
        written.clear()
        shards.fill(shard, entries, count, "flow", 1, "threads")
        assert sorted(written) == ["A/a.avi", "A/b.avi"]

    def test_a_shard_that_is_no_file_of_hdf5_is_made_again(self, tmp_path):
        written, count = self.counted()
        shards.fill(tmp_path / "0000-x.h5", [video("a")], count, "flow", 1, "threads")
        (tmp_path / "0000-x.h5").write_bytes(b"nothing of HDF5")
        shards.fill(tmp_path / "0000-y.h5", [video("a")], count, "flow", 1, "threads")
        assert written == ["A/a.avi", "A/a.avi"]
