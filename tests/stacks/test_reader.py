"""Stacks read at random, in whichever process."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from support.stacks import descriptors, read_all, video, write
from twostream.errors import InputError
from twostream.stacks import links, shards
from twostream.stacks.reader import StackReader


def test_a_stack_is_a_slice(linked):
    reader = StackReader(linked)
    whole = reader.read("A/b.avi", 0, 6)
    assert whole.shape == (6, 2, 8, 10)
    assert (reader.read("A/b.avi", 2, 3) == whole[2:5]).all()
    assert reader.length("A/c.avi") == 6


def test_a_video_shorter_than_the_stack_repeats_its_last_frame(linked):
    reader = StackReader(linked)
    stack = reader.read("A/a.avi", 0, 9)
    assert (stack[:6] == reader.read("A/a.avi", 0, 6)).all()
    assert (stack[6:] == stack[5]).all()


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (6, 1), (4, 3), (1, 9)])
def test_a_stack_beyond_the_end_is_refused(linked, start, length):
    with pytest.raises(InputError, match=f"A/a.avi has 6 frames: no stack of {length} at {start}"):
        StackReader(linked).read("A/a.avi", start, length)


def test_an_unknown_video_is_named(linked):
    with pytest.raises(InputError, match=r"there is no video A/z\.avi"):
        StackReader(linked).length("A/z.avi")


def test_the_cache_can_be_moved(linked, tmp_path):
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert StackReader(moved / "stacks" / "flow.h5").length("A/a.avi") == 6


def link(folder, names):
    """Return the file that links a shard of each of the videos `names`."""
    files = [folder / "flow" / f"000{number}-x.h5" for number in range(len(names))]
    for shard, name in zip(files, names, strict=True):
        shards.fill(shard, [video(name)], write)
    links.write_links(folder / "flow.h5", files, "flow")
    return folder / "flow.h5"


def test_a_reader_keeps_so_many_shards_open_and_reads_on(tmp_path, monkeypatch):
    monkeypatch.setattr("twostream.stacks.reader.MAX_OPEN_SHARDS", 3)
    names = "abcdefg"
    reader = StackReader(link(tmp_path, names))
    first = [reader.read(f"A/{name}.avi", 0, 6) for name in names]
    assert set(descriptors(tmp_path / "flow")) == {"0004-x.h5", "0005-x.h5", "0006-x.h5"}
    reader.read("A/e.avi", 0, 1)
    assert np.array_equal([reader.read(f"A/{name}.avi", 0, 6) for name in names[:2]], first[:2])
    assert set(descriptors(tmp_path / "flow")) == {"0004-x.h5", "0000-x.h5", "0001-x.h5"}


def test_videos_that_are_open_are_read_whatever_was_opened_after_them(tmp_path, monkeypatch):
    monkeypatch.setattr("twostream.stacks.reader.MAX_OPEN_SHARDS", 1)
    names = "abcd"
    file = link(tmp_path, names)
    reader = StackReader(file)
    for stored in [reader.open(f"A/{name}.avi") for name in names]:
        stack = np.empty((6, *stored.frames.shape), np.uint8)
        stored.read_into(0, stack)
        assert np.array_equal(stack, StackReader(file).read(stored.id, 0, 6))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_reader_works_on_in_another_process(linked, method):
    reader = StackReader(linked)
    here = read_all(reader, "A/a.avi")
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert list(pool.map(read_all, [reader] * 4, ["A/a.avi"] * 4)) == [here] * 4


@pytest.mark.parametrize("replaced", ["shard", "linked"])
def test_a_forked_process_opens_the_files_anew(linked, replaced):
    """Even those that the parent has open: what has taken their place since is what it reads."""
    reader, folder = StackReader(linked), linked.parents[1] / "flow"
    before = read_all(reader, "A/a.avi")
    other = replace(video("a"), frames=7, digest="other")
    shards.fill(folder / "0002-x.h5", [other], write)
    if replaced == "shard":
        (folder / "0002-x.h5").replace(folder / "0000-x.h5")
    else:
        links.write_links(linked, [folder / "0002-x.h5"], "flow")
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    # What a forked process is started with it inherits, as it is; a pool would pickle the reader.
    child = context.Process(target=lambda: there.send(reader.length("A/a.avi")))
    child.start()
    assert here.poll(60)
    assert here.recv() == 7
    child.join()
    assert read_all(reader, "A/a.avi") == before
