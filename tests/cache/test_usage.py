"""Notes of who uses a cache, where they cannot be written."""

import errno
import os

from twostream.cache import usage


def test_a_note_that_finds_no_space_is_a_warning(tmp_path, monkeypatch, capsys):
    def fsync(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    usage.note_use(tmp_path / "cache", tmp_path, {}, [])
    told = capsys.readouterr().err
    assert "the disk is full, and prune does not know what this run uses: do not prune now" in told
    assert usage.read_notes(tmp_path / "cache").users == ()


def test_a_project_whose_folder_is_not_there_uses_what_it_used(tmp_path):
    root, project = tmp_path / "cache", tmp_path / "project"
    project.mkdir()
    artefact = root / "index" / "a" / "index.json"
    artefact.parent.mkdir(parents=True)
    usage.note_use(root, project, {}, [artefact])
    project.rmdir()
    (use,) = usage.read_notes(root).users
    assert (use.artefacts, use.is_there) == ({artefact}, False)
    usage.forget(root, project)
    assert usage.read_notes(root).users == ()


def test_a_run_notes_its_use_once_when_it_has_begun_and_its_index_is_there():
    written = []
    for order in (("begin", "plan", "plan"), ("plan", "begin", "begin")):
        note = usage.RunNote(lambda: written.append(1))
        for count, event in enumerate(order):
            getattr(note, event)()
            assert len(written) == min(count, 1), order
        written.clear()
