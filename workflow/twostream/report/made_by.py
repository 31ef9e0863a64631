"""Which code and which machine made the page."""

import os
import platform
import subprocess
from pathlib import Path

from twostream import __version__
from twostream.cache import environment

CHECKOUT = Path(__file__).parents[3]
"""The folder of the workflow, if the package is used from its repository and not as an installed wheel."""


def made_by(device: str = "") -> dict[str, str]:
    """Return in words what made the page; `device` is what the settings asked for, which may be `auto`."""
    machine = f"{platform.system()} {platform.machine()}, {environment.processor()}, {os.cpu_count()} cores"
    return {"commit": commit(CHECKOUT), "device asked for": device, "machine of this page": machine}


def commit(checkout: Path) -> str:
    """Return the commit of the workflow in the folder `checkout`, and whether files were changed since.

    Return the package's version where no workflow lies there: the folder may be part of any other repository.
    """
    if not (checkout / "Snakefile").is_file():
        return f"twostream {__version__}"
    head, changes = _git(checkout, "rev-parse", "HEAD"), _git(checkout, "status", "--porcelain", "-uno")
    return f"{head}, changed since" if head and changes else head


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints; nothing where there is no git or no repository."""
    try:
        answer = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if not answer.returncode else ""
