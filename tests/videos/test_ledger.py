"""What a ledger knows of files that it has seen."""

from dataclasses import replace

import pytest

from support.videos import DECODER
from twostream.videos import ledger, listing
from twostream.videos.probe import Probe

NEWER = replace(DECODER, version="a later version, of the same bits")
OTHER = replace(NEWER, reads="reads more")


@pytest.fixture
def refuse_probes(monkeypatch):
    monkeypatch.setattr(ledger.probe, "probe", lambda path: pytest.fail(f"{path} was probed again"))


def test_known_files_are_not_probed_again(tree, request):
    folder = tree(groups=1)
    files = listing.scan(folder)
    known = ledger.add_probes(folder, files, {}, DECODER, 1, "threads")
    request.getfixturevalue("refuse_probes")
    assert ledger.add_probes(folder, files, known, DECODER, 1, "threads") == known


def test_a_good_video_stays_good_with_another_version_that_decodes_the_same(tree, request):
    folder = tree(groups=1)
    files = listing.scan(folder)
    known = ledger.add_probes(folder, files, {}, DECODER, 1, "threads")
    request.getfixturevalue("refuse_probes")
    assert ledger.add_probes(folder, files, known, NEWER, 1, "threads") == known


@pytest.mark.parametrize("verdict", [{"reason": "no frame can be decoded"}, {"damaged": 3}])
@pytest.mark.parametrize("decoder", [NEWER, OTHER])
def test_a_bad_video_is_probed_again_by_another_decoder(tree, verdict, decoder):
    folder = tree(groups=1)
    files = listing.scan(folder)
    good = ledger.add_probes(folder, files, {}, DECODER, 1, "threads")
    bad = {id: replace(entry, probe=Probe(digest=entry.probe.digest, **verdict)) for id, entry in good.items()}
    assert ledger.add_probes(folder, files, bad, DECODER, 1, "threads") == bad
    again = ledger.add_probes(folder, files, bad, decoder, 1, "threads")
    assert {entry.probe for entry in again.values()} == {entry.probe for entry in good.values()}


def test_a_good_video_is_probed_again_by_a_decoder_of_other_bits_and_keeps_its_times(tree):
    folder = tree(groups=1)
    known = ledger.add_probes(folder, listing.scan(folder), {}, DECODER, 1, "threads")
    (folder / "Jump" / "v_Jump_g01_c01.avi").touch()
    touched = ledger.recognise(folder, listing.scan(folder), known)
    again = ledger.add_probes(folder, listing.scan(folder), touched, OTHER, 1, "threads")
    assert {entry.reads for entry in again.values()} == {OTHER.reads}
    assert [entry.mtimes_ns for entry in again.values()] == [entry.mtimes_ns for entry in touched.values()]


def test_a_touched_file_is_known_again_by_its_content(tree, tmp_path):
    folder = tree(groups=1)
    known = ledger.add_probes(folder, listing.scan(folder), {}, DECODER, 1, "threads")
    before = ledger.listing_digest(listing.scan(folder), known)
    touched = folder / "Jump" / "v_Jump_g01_c01.avi"
    touched.touch()
    ledger.write(tmp_path / "ledger.json", ledger.recognise(folder, listing.scan(folder), known))
    assert ledger.listing_digest(listing.scan(folder), ledger.read(tmp_path / "ledger.json")) == before
    touched.write_bytes(touched.read_bytes()[:-1] + b"!")
    files = listing.scan(folder)
    assert ledger.listing_digest(files, ledger.recognise(folder, files, known)) != before
