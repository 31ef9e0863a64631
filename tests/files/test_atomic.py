"""Files that are whole or not there, whatever happens to the process that writes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from twostream.errors import InputError
from twostream.files import atomic

WRITE = """
import sys, time
from pathlib import Path
from twostream.files import atomic
with atomic.replacing(Path(sys.argv[1])) as beside:
    beside.write_text("half")
    print("written", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "file.txt"


@pytest.fixture
def writer(file):
    """A process that has written half of `file`."""
    with subprocess.Popen([sys.executable, "-c", WRITE, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def parts(file: Path) -> list[Path]:
    return list(file.parent.glob(".*.part"))


def test_a_write_that_fails_leaves_what_was_there(file):
    atomic.write_text(file, "before")
    with pytest.raises(ZeroDivisionError), atomic.replacing(file) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert atomic.is_text(file, "before")
    assert not parts(file)


def test_a_pipe_is_not_replaced_by_a_file(file):
    os.mkfifo(file)
    with pytest.raises(InputError, match="is a device, a pipe or a socket: give the name of a file"):
        atomic.write_text(file, "text")
    assert file.is_fifo()


def test_what_a_running_process_writes_is_left_to_it(file, writer):
    atomic.write_text(file, "whole")
    assert len(parts(file)) == 1
    assert not file.exists() or atomic.is_text(file, "whole")


def test_what_a_killed_process_left_is_removed_though_nobody_has_waited_for_it(file, writer):
    writer.kill()
    os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)
    atomic.write_text(file, "whole")
    assert not parts(file)


def test_what_a_process_left_that_is_no_more_is_removed(file, writer):
    writer.kill()
    writer.wait()
    atomic.write_text(file, "whole")
    assert not parts(file)


def test_a_part_that_names_no_process_is_left(file):
    odd = file.with_name(f".{file.name}.x.part")
    odd.touch()
    atomic.write_text(file, "whole")
    assert parts(file) == [odd]


def test_json_comes_back_as_it_was(file):
    value = {"a": [1, 2.5, None, "ü"]}
    atomic.write_json(file, value)
    assert atomic.read_json(file) == value


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"\xff\xfe"])
def test_a_file_that_is_no_json_is_named(file, content):
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"file\.txt: is no JSON .*: delete it"):
        atomic.read_json(file)


def test_a_part_of_another_machine_is_left_for_a_week(file):
    new, old = (file.with_name(f".{file.name}.other.{number}.x.part") for number in (1, 2))
    for part, age in ((new, 3600), (old, atomic.SECONDS_TO_ABANDON + 3600)):
        part.touch()
        os.utime(part, (file.parent.stat().st_mtime - age,) * 2)
    atomic.write_text(file, "whole")
    assert parts(file) == [new]


def test_a_name_that_nfs_has_given_already_is_no_error(file, monkeypatch):
    rename = Path.replace

    def answer_is_lost(self, target):
        rename(self, target)
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "replace", answer_is_lost)
    atomic.write_text(file, "whole")
    assert atomic.is_text(file, "whole")


def test_two_threads_have_parts_of_their_own(file):
    with atomic.replacing(file) as one, atomic.replacing(file) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert atomic.is_text(file, "one")
