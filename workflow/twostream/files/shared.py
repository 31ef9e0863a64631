"""Files that another machine writes into a folder that this one shares with it."""

import os
import time
from pathlib import Path

from twostream.errors import InputError

SECONDS = 90
"""How long a file is waited for: NFS remembers for up to a minute that a name was not there."""
SECONDS_BETWEEN_LOOKS = 0.2


def wait_for(path: Path) -> Path:
    """Return `path` once the file that another machine wrote there is seen here; InputError where it does not come."""
    deadline = time.monotonic() + SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            problem = "a worker has written it, and it is not seen here"
            raise InputError(path, problem, "run the workers on the same file system, under the same path")
        os.listdir(path.parent)  # Asks the server anew.
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return path
