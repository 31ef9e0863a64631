"""Locks on files, which the system releases when the process that holds them ends, however it ends.

Some file systems have none, as NFS and Lustre by their mount options: there the work goes on without, with a warning.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

from twostream import console
from twostream.errors import InputError

UNSUPPORTED = frozenset((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.EPERM))
"""The system's errors that say that a file system has no locks."""
LEASE = 60.0
"""Seconds without a touch after which the work of another host counts as left."""
SECONDS_BETWEEN_LOOKS = 0.5
WARNED = "TWOSTREAM_WARNED_OF_LOCKS"
"""The variable by which the processes that this one starts learn that the user has been warned."""


def exclusive(path: Path, thing: object, problem: str, owner: bool = False) -> IO[str]:
    """Lock `path` for this process alone, until the file that is returned is closed or dropped.

    Raise InputError, with `thing` and `problem`, where another process has it. With `owner`, the file holds the
    number of the process that has it, and the error names that.
    """
    file = _lock(path, fcntl.LOCK_EX, thing, f"{problem} by process {_holder(path)}" if owner else problem)
    if owner:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    return file


def shared(path: Path, thing: object, problem: str) -> IO[str]:
    """Lock `path` together with all that share it, until the file that is returned is closed or dropped.

    Raise InputError, with `thing` and `problem`, where a process has it alone.
    """
    return _lock(path, fcntl.LOCK_SH, thing, problem)


@contextmanager
def serialised(path: Path) -> Iterator[None]:
    """Enclose work that one process at a time may do; the others wait.

    Where there are no locks a file takes their place, which whoever works touches: others may go on a minute after the
    last touch, by their own clocks. Two may then work at once, which their files must bear, as with locks that do not
    reach other hosts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file, nullcontext() if _flock(file, fcntl.LOCK_EX) else _lease(path):
        yield


def warn(path: Path) -> None:
    """Say, once for all processes of a run, that files like `path` cannot be locked, and what the user is to mind."""
    if WARNED not in os.environ:
        os.environ[WARNED] = "1"
        problem = "its file system has no locks: run one workflow at a time on it, and do not prune meanwhile"
        console.warn(path.parent, problem)


def _holder(path: Path) -> str:
    """Return the number of the process that has the lock `path`, or `?` where the file does not hold one."""
    holder = path.read_bytes()[:20] if path.is_file() else b""
    return holder.decode() if holder.isdigit() else "?"


@contextmanager
def _lease(path: Path) -> Iterator[None]:
    """Hold the file that takes the place of a lock; one that stays empty is of a host that died as it made it."""
    from filelock import SoftFileLease, Timeout

    file = Path(f"{path}.lease")
    lease = SoftFileLease(file, lease_duration=LEASE, poll_interval=SECONDS_BETWEEN_LOOKS)
    while not lease.is_locked:
        try:
            lease.acquire(timeout=2 * LEASE)
        except Timeout:
            if file.exists() and not file.stat().st_size:
                file.unlink(missing_ok=True)
    try:
        yield
    finally:
        lease.release()


def _flock(file: IO[str], kind: int) -> bool:
    """Lock `file`; return False where its file system has no locks."""
    try:
        fcntl.flock(file, kind)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        warn(Path(file.name))
        return False
    return True


def _lock(path: Path, kind: int, thing: object, problem: str) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")  # NFS shares a lock only with who may read.
    try:
        _flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise InputError(thing, problem, "wait until that has finished") from error
    return file
