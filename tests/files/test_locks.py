"""Locks: shared or exclusive, with an error that names who is in the way."""

import errno
import fcntl
import os
import time

import h5py
import pytest

from twostream.errors import InputError
from twostream.files import hdf5, locks


def refused(beginning: str):
    return pytest.raises(InputError, match=beginning)


def test_shared_locks_keep_an_exclusive_one_out(tmp_path):
    path = tmp_path / "lock"
    with locks.shared(path, "it", "is read"), locks.shared(path, "it", "is read"), refused("it: is in use: wait"):
        locks.exclusive(path, "it", "is in use")
    locks.exclusive(path, "it", "is in use")


def test_an_exclusive_lock_keeps_shared_ones_out(tmp_path):
    path = tmp_path / "lock"
    with locks.exclusive(path, "it", "is written"), refused("it: is taken: wait"):
        locks.shared(path, "it", "is taken")
    locks.shared(path, "it", "is taken")


def test_an_error_names_the_process_that_owns_the_lock(tmp_path):
    path = tmp_path / "lock"
    owned = (path, "it", "is written", True)
    with locks.exclusive(*owned), refused(f"it: is written by process {os.getpid()}: wait"):
        locks.exclusive(*owned)


class TestWithoutLocks:
    """A file system that has none, by one of the errors that systems give."""

    @pytest.fixture(autouse=True, params=[errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
    def refusing(self, request, monkeypatch):
        def flock(file, kind):
            raise OSError(request.param, os.strerror(request.param))

        monkeypatch.setattr(fcntl, "flock", flock)
        monkeypatch.setenv(locks.WARNED, "")
        monkeypatch.delenv(locks.WARNED)

    def test_every_kind_of_lock_goes_on_with_one_warning(self, tmp_path, capsys):
        with locks.serialised(tmp_path / "a"):
            locks.shared(tmp_path / "b", "it", "is read").close()
        locks.exclusive(tmp_path / "c", "it", "is written", owner=True).close()
        assert capsys.readouterr().err.count("its file system has no locks") == 1

    def test_an_empty_file_of_a_host_that_died_is_waited_for_and_then_removed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(locks, "LEASE", 0.1)
        monkeypatch.setattr(locks, "SECONDS_BETWEEN_LOOKS", 0.01)
        (tmp_path / "a.lease").touch()
        began = time.monotonic()
        with locks.serialised(tmp_path / "a"):
            assert time.monotonic() - began > locks.LEASE
        assert not (tmp_path / "a.lease").exists()


def test_another_error_of_a_lock_is_raised(tmp_path, monkeypatch):
    def flock(file, kind):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="Input/output error"):
        locks.shared(tmp_path / "lock", "it", "is read")


def test_a_file_of_hdf5_is_opened_where_it_cannot_be_locked(tmp_path, monkeypatch):
    original = h5py.File

    def refusing(path, mode="r", **options):
        if options.get("locking") is not False:
            raise OSError(f"Unable to open file (unable to lock file, errno = {errno.ENOLCK}, error message = '')")
        return original(path, mode, **options)

    with hdf5.create(tmp_path / "a.h5") as file:
        file["a"] = 1
    monkeypatch.setattr(h5py, "File", refusing)
    monkeypatch.setenv(locks.WARNED, "1")
    with hdf5.open_file(tmp_path / "a.h5") as file:
        assert file["a"][()] == 1
