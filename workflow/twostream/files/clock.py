"""Files dated in the future: by a node whose clock is ahead, or before the clock was set back.

Snakemake takes a job for failed, and deletes what it made, where an input is dated after the job's end.
"""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def date_back(files: Iterable[Path], reference: Path) -> None:
    """Date those of `files` that are dated in the future now, by the clock of the file system that `reference` is on.

    `reference` is a file that this process may write to; links and what may not be written to are left as they are.
    """
    now = _now(reference)
    for file in files:
        with suppress(OSError):
            if file.is_file() and not file.is_symlink() and file.stat().st_mtime > now:
                os.utime(file)


def _now(reference: Path) -> float:
    """Return the time, in seconds since 1970, that a file gets that is written now: on a network, the server's."""
    try:
        os.utime(reference)
        return reference.stat().st_mtime
    except OSError:
        return time.time()
