"""Files that another machine writes into a folder that this one shares with it."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from twostream.errors import InputError

SECONDS = 90
"""How long a file is waited for: NFS remembers for up to a minute that a name was not there."""
SECONDS_BETWEEN_LOOKS = 0.2


def wait_for(files: Iterable[Path], whole: Path) -> None:
    """Wait until all `files` that other machines wrote are seen here, or `whole`, which another host makes of such.

    InputError where they do not come.
    """
    deadline = time.monotonic() + SECONDS
    for file in files:
        while not (file.exists() or whole.exists()):
            if time.monotonic() > deadline:
                problem = "a worker has written it, and it is not seen here"
                raise InputError(file, problem, "run the workers on the same file system, under the same path")
            os.listdir(file.parent)  # Asks the server anew.
            time.sleep(SECONDS_BETWEEN_LOOKS)
