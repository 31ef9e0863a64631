"""What `twostream export` refuses to write over, before any work, and what it leaves as it was."""

import os
from pathlib import Path

import pytest

from twostream import cli
from twostream.commands import _extras
from twostream.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a file of notes, a pipe and a link to nothing, in which the command is called."""
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("mine")
    Path("link").symlink_to("gone")
    os.mkfifo("pipe")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["notes.txt"], r"notes\.txt: is there and holds no model: choose another name, or give --force"),
        (["."], "is a folder: give the name of a file in it"),
        (["pipe"], "pipe: is a device, a pipe or a socket: give the name of a file"),
        (["pipe", "--force"], "pipe: is a device"),
        (["link"], "link: is a link to gone, which is not there"),
        (["notes.txt/a"], r"OUT notes\.txt: .* cannot be written to \(Not a directory\): choose a folder"),
        (["/proc/a"], "OUT /proc: /proc cannot be written to"),
        (["a", "--onnx", "notes.txt"], r"--onnx notes\.txt: .* cannot be written to \(Not a directory\)"),
    ],
)
def test_what_is_there_is_left_as_it_is(folder, arguments, problem):
    before = sorted(folder.iterdir())
    with pytest.raises(InputError, match=problem):
        cli.call(["export", *arguments])
    assert sorted(folder.iterdir()) == before
    assert Path("notes.txt").read_text() == "mine"
    assert Path("pipe").is_fifo()


def test_onnx_without_its_library_is_known_before_any_work(monkeypatch):
    monkeypatch.setattr(_extras, "find_spec", lambda library: None)
    with pytest.raises(InputError, match="--onnx: needs onnxscript, which is not installed: install the extra `onnx`"):
        cli.call(["export", "a.twostream", "--onnx", "onnx"])
    assert not Path("onnx").exists()


def test_a_project_without_a_run_is_told_to_run_first():
    with pytest.raises(InputError, match="no run of the workflow has used its cache: run the workflow in this folder"):
        cli.call(["export", "a.twostream"])
