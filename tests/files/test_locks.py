"""Locks: shared or exclusive, with an error that names who is in the way."""

import os

import pytest

from twostream.errors import InputError
from twostream.files import locks


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
