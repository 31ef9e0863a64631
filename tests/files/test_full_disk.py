"""A disk that is full, or a limit that is reached, while HDF5 writes: an error that names it, never a crash."""

import errno
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from twostream.errors import InputError
from twostream.files import atomic, hdf5
from twostream.files.hdf5_sink import Sink
from twostream.stacks import codecs

TWO_THREADS = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np
from twostream.console import run
from twostream.files import atomic, hdf5
from twostream.stacks import codecs
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17))
def write(number):
    rng = np.random.default_rng(number)
    frames = (rng.integers(256, size=(2, 32, 43), dtype=np.uint8) for _ in range(300))
    with atomic.replacing(Path(sys.argv[1]) / f"{number}.h5") as beside, hdf5.create(beside) as file:
        codecs.write(file.create_group("v"), frames, 300, "zstd", 95)
def main():
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, range(2)))
run(main)
"""


def fill_after(monkeypatch, allowed: int) -> None:
    """Let the disk take `allowed` bytes from now on."""
    pwrite, left = os.pwrite, [allowed]

    def limited(descriptor, data, offset):
        if len(data) > left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= len(data)
        return pwrite(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", limited)


@pytest.mark.parametrize("codec", ["raw", "zstd", "jpeg"])
@pytest.mark.parametrize("allowed", [0, 1000, 50_000])
def test_a_video_that_does_not_fit_ends_in_one_line_and_soon(tmp_path, monkeypatch, codec, allowed):
    fill_after(monkeypatch, allowed)
    rng, drawn = np.random.default_rng(0), []

    def frames():
        for number in range(200):
            drawn.append(number)
            yield rng.integers(256, size=(2, 120, 160), dtype=np.uint8)

    path = tmp_path / "a.h5"
    with pytest.raises(InputError, match=r"a\.h5: the disk is full: free some space"):  # noqa: SIM117
        with atomic.replacing(path) as beside, hdf5.create(beside) as file:
            codecs.write(file.create_group("v"), frames(), 200, codec, 95)
    assert len(drawn) < 100, "no more is computed than HDF5 holds back"
    assert list(tmp_path.iterdir()) == []


def test_two_threads_on_a_full_disk_do_not_crash(tmp_path):
    command = [sys.executable, "-c", TWO_THREADS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr == "twostream: a file: File too large\n"


def test_a_sink_is_read_as_it_was_written_though_the_disk_is_full(tmp_path, monkeypatch):
    fill_after(monkeypatch, 6)
    with Sink(tmp_path / "a") as sink:
        sink.write(b"abcdef")
        sink.write(b"ghij")
        sink.seek(4)
        sink.write(b"EFGH")
        sink.seek(0)
        buffer = bytearray(12)
        assert sink.readinto(buffer) == 10
        assert bytes(buffer[:10]) == b"abcdEFGHij"
        with pytest.raises(OSError, match="No space left"):
            sink.raise_error()


def test_what_a_sink_has_written_is_a_file_of_hdf5(tmp_path):
    values = np.random.default_rng(0).normal(size=(50, 1000))
    with hdf5.create(tmp_path / "a.h5") as file:
        file.create_dataset("a", data=values, chunks=True, fletcher32=True)
        hdf5.raise_if_unwritten(file)
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["a"], values)
