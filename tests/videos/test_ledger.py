"""What a ledger knows of files that it has seen."""

import os
from dataclasses import asdict, replace

import pytest

from support.videos import DECODER
from twostream.files import atomic
from twostream.videos import ledger, listing
from twostream.videos.probe import Probe

NEWER = replace(DECODER, version="a later version, of the same bits")
OTHER = replace(NEWER, reads="reads more")


@pytest.fixture
def refuse_probes(monkeypatch):
    monkeypatch.setattr(ledger.probe, "probe", lambda path: pytest.fail(f"{path} was probed again"))


@pytest.mark.parametrize("fields", [{"size": []}, {"mtimes_ns": ["x"]}, {"mtimes_ns": []}, {"probe": {"digest": 3}}])
def test_a_ledger_with_a_value_of_another_type_is_set_aside(tree, tmp_path, fields):
    folder = tree(groups=1)
    entries = ledger.add_probes(folder, listing.scan(folder)[:1], {}, DECODER, 1, "threads")
    stored = {id: asdict(entry) | fields for id, entry in entries.items()}
    atomic.write_json(tmp_path / "ledger.json", stored)  # Without a checksum, as an earlier version wrote it.
    assert ledger.read(tmp_path / "ledger.json") == {}
    assert (tmp_path / "ledger.json.damaged").is_file()


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


def _index(folder, entries):
    """Return the ledger as a run leaves it, and the digest of the files that the run's keys have."""
    files = listing.scan(folder)
    recognised = ledger.recognise(folder, files, entries)
    digest = ledger.listing_digest(files, recognised)
    return ledger.add_probes(folder, files, recognised, DECODER, 1, "threads"), digest


def test_other_bytes_of_the_same_size_and_time_are_seen_and_stay_known(tree):
    folder = tree(groups=1)
    known, before = _index(folder, {})
    video = folder / "Jump" / "v_Jump_g01_c01.avi"
    status = video.stat()
    video.write_bytes(video.read_bytes()[:-1] + b"!")
    os.utime(video, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (video.stat().st_size, video.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    renewed, after = _index(folder, known)
    assert after != before
    assert renewed["Jump/v_Jump_g01_c01.avi"].probe.digest != known["Jump/v_Jump_g01_c01.avi"].probe.digest
    assert _index(folder, renewed) == (renewed, after)


def test_an_inode_that_changed_around_the_same_bytes_changes_no_key_and_is_noted(tree, request):
    folder = tree(groups=1)
    known, before = _index(folder, {})
    (folder / "Jump" / "v_Jump_g01_c01.avi").chmod(0o600)
    request.getfixturevalue("refuse_probes")
    renewed, after = _index(folder, known)
    assert after == before
    assert renewed != known
    request.getfixturevalue("monkeypatch").setattr(
        ledger.probe, "content_digest", lambda path: pytest.fail(f"{path} was read again")
    )
    assert _index(folder, renewed) == (renewed, after)


def test_a_ledger_without_times_of_inodes_gets_them_without_reading_a_video(tree, monkeypatch):
    folder = tree(groups=1)
    known, before = _index(folder, {})
    old = {id: replace(entry, ctime_ns=0) for id, entry in known.items()}
    monkeypatch.setattr(ledger.probe, "content_digest", lambda path: pytest.fail(f"{path} was read"))
    assert _index(folder, old) == (known, before)


def test_a_renamed_video_is_not_decoded_again_unless_its_suffix_is_another_one(tree, monkeypatch):
    folder = tree(groups=1, clips=1)
    known, _ = _index(folder, {})
    (folder / "Jump").rename(folder / "Leap")
    (folder / "Run" / "v_Run_g01_c01.avi").rename(folder / "Run" / "v_Run_g01_c01.mp4")
    probed, probe = [], ledger.probe.probe
    monkeypatch.setattr(ledger.probe, "probe", lambda path: probed.append(path.name) or probe(path))
    renewed, _ = _index(folder, known)
    assert probed == ["v_Run_g01_c01.mp4"]
    assert renewed["Leap/v_Jump_g01_c01.avi"].probe == known["Jump/v_Jump_g01_c01.avi"].probe
