"""Reading a file may not take far more memory than its size explains, and the bound ends with the reading."""

import resource
import sys

import numpy as np
import pytest

from twostream.errors import InputError
from twostream.files import memory


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a").write_bytes(bytes(1 << 20))
    return tmp_path / "a"


def test_four_gigabytes_for_a_megabyte_are_refused_before_they_are_taken(file):
    before = resource.getrlimit(resource.RLIMIT_AS)
    said = pytest.raises(InputError, match="a: asks for far more memory than its 1048576 bytes explain: give")
    with said, memory.bounded(file):
        np.empty(4 << 30, np.uint8)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_what_a_file_of_numbers_needs_is_granted(file):
    with memory.bounded(file):
        assert len(bytearray(64 << 20)) == 64 << 20


def test_a_system_without_limits_reads_all_the_same_and_says_so(file, monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)
    with memory.bounded(file):
        assert file.stat().st_size
    assert "this system sets no bound to the memory that reading it takes" in capsys.readouterr().err
