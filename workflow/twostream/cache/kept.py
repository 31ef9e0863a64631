"""Finished files under a second name, which is the output of no rule.

Snakemake deletes the outputs of a job that it takes for failed, though the job may have finished: the clock is wrong,
the disk is full, another output is missing. A second name, a hard link, outlives that, and the next job gives the file
its first name again. The SHA-256 of the file stands in the second name, and tells whether the file is whole.
"""

import glob
import os
import shutil
from contextlib import suppress
from pathlib import Path

from twostream.cache import keys
from twostream.errors import InputError
from twostream.files import atomic
from twostream.files.quarantine import quarantine_path

SUFFIX = ".kept"
LARGEST_COPY = 1 << 30
"""Bytes up to which a file is copied where the file system has no hard links."""


def keep(path: Path) -> None:
    """Give the finished file `path` a second name, in the place of those it had.

    Where that fails, as on a full disk, it has none.
    """
    with suppress(OSError, InputError), atomic.unfinished(path) as twin:
        _link(path, twin)
        # Of the twin: another host may give the name `path` to a file of its own meanwhile.
        name = path.with_name(f".{path.name}.{keys.file_digest(twin, 64)}{SUFFIX}")
        atomic.publish(twin, name)
        others = [other for other in names(path) if other != name]
        if others and keys.file_digest(path, 64) == _digest(name):
            for other in others:
                other.unlink(missing_ok=True)


def names(path: Path) -> list[Path]:
    """Return the second names of `path`."""
    return sorted(path.parent.glob(f".{glob.escape(path.name)}.*{SUFFIX}"))


def digests(path: Path) -> list[str]:
    """Return the SHA-256 of each file that was finished as `path` and has a second name."""
    return [_digest(name) for name in names(path)]


def forget(path: Path) -> None:
    """Take the second names of `path` away, so that it is made anew where it is missing; not in a cache of others."""
    with suppress(OSError):
        for name in names(path):
            name.unlink(missing_ok=True)


def restore(path: Path) -> bool:
    """Give a finished file the name `path` again; return whether there is one.

    What is damaged under a second name is put in quarantine.
    """
    for name in names(path):
        with suppress(FileNotFoundError):  # Another process has taken it away.
            if keys.file_digest(name, 64) == _digest(name):
                with atomic.replacing(path) as beside:
                    _link(name, beside)
                return True
            name.replace(quarantine_path(path))
    return False


def _digest(name: Path) -> str:
    return name.name.split(".")[-2]


def _link(source: Path, target: Path) -> None:
    """Make `target` another name of `source`, or a copy of it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        if source.stat().st_size > LARGEST_COPY:
            raise
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)
