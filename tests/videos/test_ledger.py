"""What a ledger knows of files that it has seen."""

import pytest

from twostream.videos import ledger, listing


def test_known_files_are_not_probed_again(tree, monkeypatch):
    folder = tree(groups=1)
    files = listing.scan(folder)
    entries = ledger.add_probes(folder, files, {}, 1, "threads")
    monkeypatch.setattr(ledger.probe, "probe", lambda path: pytest.fail(f"{path} was probed again"))
    assert ledger.add_probes(folder, files, entries, 1, "threads") == entries


def test_a_touched_file_is_known_again_by_its_content(tree, tmp_path):
    folder = tree(groups=1)
    entries = ledger.add_probes(folder, listing.scan(folder), {}, 1, "threads")
    before = ledger.listing_digest(listing.scan(folder), entries)
    touched = folder / "Jump" / "v_Jump_g01_c01.avi"
    touched.touch()
    ledger.write(tmp_path / "ledger.json", ledger.recognise(folder, listing.scan(folder), entries))
    assert ledger.listing_digest(listing.scan(folder), ledger.read(tmp_path / "ledger.json")) == before
    touched.write_bytes(touched.read_bytes()[:-1] + b"!")
    files = listing.scan(folder)
    assert ledger.listing_digest(files, ledger.recognise(folder, files, entries)) != before
