"""Shards filled, killed, spoilt and filled again: no video is made twice without need."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from support.stacks import fill_as_a_step, flip, spoil, video, write
from twostream.errors import InputError
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.videos.index import Video
from twostream.videos.interval import Part


def counting_writer(codec="zstd"):
    written = []

    def write_and_count(entry, group):
        written.append(entry.id)
        write(entry, group, codec)

    return written, write_and_count


def test_a_shard_takes_over_what_another_one_holds(tmp_path):
    written, write_and_count = counting_writer()
    shards.fill(tmp_path / "0000-x.h5", [video("a"), video("b")], write_and_count)
    shards.fill(tmp_path / "0000-y.h5", [video("a"), video("b"), video("c")], write_and_count)
    assert sorted(written) == ["A/a.avi", "A/b.avi", "A/c.avi"]
    with h5py.File(tmp_path / "0000-x.h5") as old, h5py.File(tmp_path / "0000-y.h5") as new:
        assert (old["A/a.avi/dense"][:] == new["A/a.avi/dense"][:]).all()


def test_nothing_is_taken_over_from_a_shard_of_another_key(tmp_path):
    written, write_and_count = counting_writer()
    shards.fill(tmp_path / "one" / "0000-x.h5", [video("a")], write_and_count)
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "0000-x.h5").replace(tmp_path / "two" / "0000-y.h5")
    shards.fill(tmp_path / "two" / "0000-x.h5", [video("a")], write_and_count)
    assert written == ["A/a.avi", "A/a.avi"]


def test_a_video_that_changed_is_made_again(tmp_path):
    written, write_and_count = counting_writer()
    shards.fill(tmp_path / "0000-x.h5", [video("a")], write_and_count)
    changed = replace(video("a"), digest="other")
    shards.fill(tmp_path / "0000-y.h5", [changed], write_and_count)
    assert written == ["A/a.avi", "A/a.avi"]


def test_an_interrupted_shard_loses_only_the_video_in_flight(tmp_path):
    written, write_and_count = counting_writer()

    def stop_at_c(entry, group):
        if entry.id == "A/c.avi":
            raise InputError("stopped")
        write_and_count(entry, group)

    entries = [video(name) for name in "abcd"]
    with pytest.raises(InputError, match="stopped"):
        shards.fill(tmp_path / "0000-x.h5", entries, stop_at_c)
    assert not (tmp_path / "0000-x.h5").exists()
    shards.fill(tmp_path / "0000-x.h5", entries, write_and_count)
    assert len(written) == 4
    assert [path.name for path in tmp_path.rglob("*.h5")] == ["0000-x.h5"]


def check_that_b_is_refused_and_made_again(
    shard: Path, entries: Sequence[Video], written: list[str], write_video: shards.WriteVideo
) -> None:
    linked = shard.with_name("flow.h5")
    with pytest.raises(InputError, match=r"0000-x\.h5: A/b\.avi is missing or damaged"):
        links.write_links(linked, [shard], "flow")
    written.clear()
    fill_as_a_step(shard, entries, write_video)
    assert written == ["A/b.avi"]
    links.write_links(linked, [shard], "flow")


def test_only_the_damaged_video_of_a_shard_is_made_again(tmp_path):
    written, write_and_count = counting_writer()
    entries, shard = [video("a"), video("b"), video("c")], tmp_path / "0000-x.h5"
    fill_as_a_step(shard, entries, write_and_count)
    with h5py.File(shard) as file:
        place = file["A/b.avi/dense"].id.get_chunk_info(2).byte_offset
    flip(shard, place + 9)
    check_that_b_is_refused_and_made_again(shard, entries, written, write_and_count)


@pytest.mark.parametrize("codec", ["raw", "jpeg"])
@pytest.mark.parametrize("value", [0, 255])
def test_a_hole_in_a_shard_is_made_again(tmp_path, codec, value):
    """Its checksum is a hole too, and right."""
    written, write_and_count = counting_writer(codec)
    entries, shard = [video("a"), video("b")], tmp_path / "0000-x.h5"
    fill_as_a_step(shard, entries, write_and_count)
    with h5py.File(shard) as file:
        truth = codecs.open_frames(file["A/b.avi"].id)[:]
        chunk = file["A/b.avi"]["dense" if codec == "raw" else "jpeg"].id.get_chunk_info(0)
    spoil(shard, chunk.byte_offset, bytes([value]) * chunk.size)
    check_that_b_is_refused_and_made_again(shard, entries, written, write_and_count)
    assert (StackReader(tmp_path / "flow.h5").read("A/b.avi", 0, 6) == truth).all()


def test_whatever_byte_is_flipped_the_next_run_makes_it_whole(tmp_path):
    written, write_and_count = counting_writer()
    entries, shard, linked = [video(name) for name in "abcd"], tmp_path / "0000-x.h5", tmp_path / "flow.h5"
    fill_as_a_step(shard, entries, write_and_count)
    links.write_links(linked, [shard], "flow")
    whole = shard.read_bytes()
    truth = {entry.id: StackReader(linked).read(entry.id, 0, 6) for entry in entries}
    remade = []
    for place in np.linspace(0, len(whole) - 1, 80).astype(int):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        shard.write_bytes(flipped)
        with pytest.raises(InputError, match=r"0000-x\.h5"):
            links.write_links(linked, [shard], "flow")
        written.clear()
        fill_as_a_step(shard, entries, write_and_count)
        remade.append(len(written))
        links.write_links(linked, [shard], "flow")
        assert all((StackReader(linked).read(id, 0, 6) == frames).all() for id, frames in truth.items())
    assert remade.count(1) > 40, "only the damaged video is made again"


def test_a_damaged_part_is_made_again(tmp_path):
    written, write_and_count = counting_writer()

    def write_and_die(entry, group):
        write_and_count(entry, group)
        if len(written) == 2:
            raise KeyboardInterrupt

    shard, entries = tmp_path / "0000-x.h5", [video("a"), video("b")]
    with pytest.raises(KeyboardInterrupt):
        shards.fill(shard, entries, write_and_die)
    (part,) = (tmp_path / "parts").glob("*.h5")
    with h5py.File(part) as file:
        place = file[f"{written[0]}/dense"].id.get_chunk_info(2).byte_offset
    flip(part, place + 9)
    written.clear()
    shards.fill(shard, entries, write_and_count)
    assert sorted(written) == ["A/a.avi", "A/b.avi"]


def test_a_shard_that_is_no_file_of_hdf5_is_made_again(tmp_path):
    written, write_and_count = counting_writer()
    shards.fill(tmp_path / "0000-x.h5", [video("a")], write_and_count)
    (tmp_path / "0000-x.h5").write_bytes(b"nothing of HDF5")
    shards.fill(tmp_path / "0000-y.h5", [video("a")], write_and_count)
    assert written == ["A/a.avi", "A/a.avi"]


def test_a_video_under_another_name_is_taken_from_an_outdated_shard(tmp_path, capsys):
    written, write_and_count = counting_writer()
    old, new = tmp_path / "0000-old.h5", tmp_path / "0000-new.h5"
    shards.fill(old, [video("a"), video("b"), video("c")], write_and_count)
    written.clear()
    renamed = [replace(video("a"), id="B/x.AVI", label=1), replace(video("b"), id="A/b.mp4"), video("c")]
    shards.fill(new, renamed, write_and_count, outdated=[old])
    assert written == ["A/b.mp4"], "of another suffix FFmpeg may make something else"
    assert "1 of 3 videos is taken from shards where they have another name" in capsys.readouterr().err
    with h5py.File(old) as before, h5py.File(new) as after:
        assert (before["A/a.avi/dense"][:] == after["B/x.AVI/dense"][:]).all()
        assert after["B/x.AVI"].attrs["digest"] == before["A/a.avi"].attrs["digest"]
        assert sorted(after) == ["A", "B"]


def test_a_renamed_video_that_is_damaged_where_it_was_is_made_again(tmp_path):
    written, write_and_count = counting_writer()
    old = tmp_path / "0000-old.h5"
    shards.fill(old, [video("a"), video("b")], write_and_count)
    with h5py.File(old) as file:
        place = file["A/a.avi/dense"].id.get_chunk_info(2).byte_offset
    flip(old, place + 9)
    written.clear()
    renamed = [replace(video(name), id=f"B/{name}.avi") for name in "ab"]
    shards.fill(tmp_path / "0000-new.h5", renamed, write_and_count, outdated=[old])
    assert written == ["B/a.avi"]


def test_an_interval_is_not_taken_for_another_one_of_the_same_file(tmp_path):
    written, write_and_count = counting_writer()
    old, new = tmp_path / "0000-old.h5", tmp_path / "0000-new.h5"
    # As suffixes, both end with `.5`.
    before, after = (
        replace(video("a"), id=f"A/a.avi#t={start},5.5", part=Part(file="A/a.avi", first=start, length=6, frames=6))
        for start in (1, 2)
    )
    shards.fill(old, [before], write_and_count)
    shards.fill(new, [after], write_and_count, outdated=[old])
    assert written == ["A/a.avi#t=1,5.5", "A/a.avi#t=2,5.5"]


@pytest.mark.parametrize("folder", ["", "train/A/"])
def test_a_video_is_taken_over_and_held_however_deep_it_lies(tmp_path, folder):
    written, write_and_count = counting_writer()
    old = tmp_path / "0000-old.h5"
    before, after = (replace(video("a"), id=f"{folder}{name}.avi") for name in "ax")
    shards.fill(old, [before], write_and_count)
    assert shards.held(tmp_path, [before, after]) == {before.id}
    shards.fill(tmp_path / "0000-new.h5", [after], write_and_count, outdated=[old])
    assert written == [before.id]
