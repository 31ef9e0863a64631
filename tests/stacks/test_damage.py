"""Damaged files: what is read is right, or it is refused by name and put in quarantine."""

import h5py
import numpy as np
import pytest

from support.stacks import flip, video, write
from twostream.cache import provenance, receipts
from twostream.errors import InputError
from twostream.files.quarantine import quarantine_path
from twostream.stacks import links, shards
from twostream.stacks.reader import StackReader


def test_a_flipped_byte_is_reported_with_file_and_video(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    with h5py.File(shard) as file:
        place = file["A/c.avi/dense"].id.get_chunk_info(3).byte_offset
    flip(shard, place + 20)
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        StackReader(linked).read("A/c.avi", 0, 6)
    assert not shard.exists()
    assert not linked.exists()


@pytest.mark.parametrize("fraction", [0, 500, -30])
def test_a_shard_that_is_cut_short_is_named(linked, fraction):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shard.write_bytes(shard.read_bytes()[:fraction])
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        StackReader(linked).length("A/c.avi")


def test_a_shard_that_is_missing_is_named(linked):
    (linked.parents[1] / "flow" / "0001-x.h5").unlink()
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
        StackReader(linked).length("A/c.avi")


def test_a_shard_of_another_key_is_named(linked, tmp_path):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shards.fill(tmp_path / "other" / shard.name, [video("c")], write)
    (tmp_path / "other" / shard.name).replace(shard)
    with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is of another key"):
        StackReader(linked).read("A/c.avi", 0, 1)
    assert not shard.exists()
    assert not linked.exists()


def test_a_shard_of_another_key_is_not_joined(linked, tmp_path):
    shards.fill(tmp_path / "other" / "0002-x.h5", [video("d")], write)
    shard = (tmp_path / "other" / "0002-x.h5").replace(tmp_path / "flow" / "0002-x.h5")
    with pytest.raises(InputError, match=r"0002-x\.h5: the file is of another key"):
        links.write_links(linked, [shard], "flow")


def test_no_flipped_byte_goes_unnoticed(linked):
    """Whatever byte of a shard is changed: what is read is right, or it is refused."""
    shard = linked.parents[1] / "flow" / "0000-x.h5"
    content, link = shard.read_bytes(), linked.read_bytes()
    truth = {id: StackReader(linked).read(id, 0, 6) for id in ("A/a.avi", "A/b.avi")}
    noticed = 0
    for place in np.linspace(0, len(content) - 1, 150).astype(int):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        shard.write_bytes(flipped)
        linked.write_bytes(link)
        try:
            for id, frames in truth.items():
                assert (StackReader(linked).read(id, 0, 6) == frames).all()
        except InputError:
            noticed += 1
    assert noticed > 50


@pytest.mark.parametrize("content", ['{"seconds": 1}', "", "{", "\0" * 100])
def test_a_shard_stays_in_use_where_its_receipt_is_damaged(linked, content, capsys):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    receipts.path(shard).write_text(content)
    links.write_links(linked, [shard], "flow")
    assert "0001-x.cost.json: is damaged" in capsys.readouterr().err
    assert provenance.is_made(shard)
    links.write_links(linked, [shard], "flow")
    assert "damaged" not in capsys.readouterr().err


@pytest.mark.parametrize("has_begun", [False, True])
def test_every_process_that_meets_a_damaged_shard_names_it(linked, has_begun):
    """Whether or not it has read before another took the shard and the linked file out of use."""
    shard, late = linked.parents[1] / "flow" / "0001-x.h5", StackReader(linked)
    shard.write_bytes(b"nothing of HDF5")
    if has_begun:
        late.length("A/a.avi")
    for reader in (StackReader(linked), late):
        with pytest.raises(InputError, match=r"0001-x\.h5: A/c\.avi is missing or damaged"):
            reader.length("A/c.avi")
    assert not shard.exists()
    assert not linked.exists()


def test_new_links_replace_those_in_quarantine(linked):
    shard = linked.parents[1] / "flow" / "0001-x.h5"
    shard.unlink()
    with pytest.raises(InputError, match="missing or damaged"):
        StackReader(linked).length("A/c.avi")
    shards.fill(shard, [video("c")], write)
    links.write_links(linked, sorted(shard.parent.glob("*.h5")), "flow")
    assert [path.name for path in linked.parent.iterdir()] == ["flow.h5"]
    assert StackReader(linked).length("A/c.avi") == 6


def test_no_flipped_byte_of_the_linked_file_goes_unnoticed(linked):
    content = linked.read_bytes()
    noticed = 0
    for place in range(0, len(content), 10):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        quarantine_path(linked).unlink(missing_ok=True)
        linked.write_bytes(flipped)
        try:
            assert StackReader(linked).length("A/c.avi") == 6
        except InputError as error:
            assert "flow.h5: the file is missing or damaged" in str(error)
            noticed += 1
    assert noticed > 10
