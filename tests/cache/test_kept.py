"""Second names of finished files: what they restore, and how two checksums tell what is damaged."""

import json
import os

import pytest

from twostream.cache import kept, keys, provenance, receipts, store
from twostream.cache.stages import TRAIN_STREAM
from twostream.errors import InputError
from twostream.files.quarantine import quarantine_path

WITHOUT_CHECKSUM = ("seconds", "bytes", "sha256")


@pytest.fixture
def model(tmp_path):
    """A finished artefact."""
    path = tmp_path / "train_stream" / "a" / "model.pt"
    assert make(path)
    return path


def make(path, content=b"weights"):
    """Make the artefact `path`, where it is not there; return whether it was made."""
    return provenance.produce(TRAIN_STREAM, path, {}, [], lambda: path.write_bytes(content) and None)


def test_a_deleted_artefact_is_not_made_again(model):
    inode = model.stat().st_ino
    model.unlink()
    assert not make(model, b"other")
    assert model.stat().st_ino == inode


@pytest.mark.parametrize("has_checksum", [False, True], ids=["of an earlier version", "with a checksum of its own"])
def test_a_wrong_digit_in_the_receipt_does_not_cost_the_artefact(model, has_checksum):
    stored = json.loads(receipts.path(model).read_text())
    wrong = stored | {"sha256": "0" * 64, "seconds": 7.5}
    receipts.path(model).write_text(json.dumps(wrong if has_checksum else {k: wrong[k] for k in WITHOUT_CHECKSUM}))
    provenance.check_whole(model)
    assert model.read_bytes() == b"weights"
    receipt = receipts.read(model)
    assert (receipt.sha256, receipt.seconds) == (stored["sha256"], None if has_checksum else 7.5)


@pytest.mark.parametrize("lose", ["cost", "model and cost"])
def test_an_artefact_without_its_cost_is_recognised(model, lose):
    receipts.path(model).unlink()
    if "model" in lose:
        model.unlink()
    assert not make(model, b"other")
    assert receipts.read(model).sha256 == keys.digest(b"weights", 64)


def test_what_is_damaged_is_put_in_quarantine_and_made_again(model):
    model.write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"model\.pt: the file is damaged"):
        provenance.check_whole(model)
    assert not model.exists()
    assert make(model)
    assert model.read_bytes() == b"weights"
    assert quarantine_path(model).read_bytes() == b"damaged"
    assert len(kept.names(model)) == 1


def test_a_damaged_artefact_is_made_again_by_its_own_job_too(model):
    model.write_bytes(b"damaged")
    assert make(model)
    assert quarantine_path(model).read_bytes() == b"damaged"


def test_a_file_of_two_names_counts_once(model):
    large = b"w" * 1_000_000
    model.unlink()
    kept.forget(model)
    make(model, large)
    (entry,) = store.entries(model.parents[2])
    assert len(large) < entry.bytes < 1.1 * len(large)


def test_without_hard_links_a_copy_is_kept(tmp_path, monkeypatch):
    def link(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "train_stream" / "a" / "model.pt"
    make(path)
    path.write_bytes(b"damaged")
    assert not make(path, b"other")
    assert path.read_bytes() == b"weights"
    assert quarantine_path(path).read_bytes() == b"damaged"


def test_what_cannot_be_kept_is_finished_all_the_same(tmp_path, monkeypatch):
    def link(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(kept, "LARGEST_COPY", 0)
    path = tmp_path / "train_stream" / "a" / "model.pt"
    assert make(path)
    assert not make(path)
    assert kept.names(path) == []


def test_a_file_made_with_an_artefact_has_a_second_name_too(tmp_path):
    model, table = tmp_path / "train_stream" / "a" / "model.pt", tmp_path / "train_stream" / "a" / "history.csv"
    with provenance.recording(TRAIN_STREAM, model, {}, [], files=[table]):
        model.write_bytes(b"weights")
        table.write_text("rows")
    table.unlink()
    assert kept.restore(table)
    assert table.read_text() == "rows"


def test_a_damaged_second_name_is_not_given_back(model):
    model.write_bytes(b"damaged")
    model.unlink()
    assert make(model, b"again")
    assert model.read_bytes() == b"again"


def test_a_damaged_artefact_is_not_taken_for_whole_because_its_receipt_is_damaged_too(model):
    model.write_bytes(b"damaged")
    receipts.path(model).write_text("{")
    with pytest.raises(InputError, match="the file is damaged"):
        provenance.check_whole(model)
