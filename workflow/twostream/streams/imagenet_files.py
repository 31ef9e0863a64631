"""The files of ImageNet weights on this machine: where torch keeps them, and the download of one that is missing.

No torch is imported, so that they can be had before anything is computed.
"""

import hashlib
import os
import shutil
import urllib.request
from pathlib import Path

from twostream.errors import InputError
from twostream.files import atomic
from twostream.streams import imagenet

TIMEOUT = 30.0
"""Seconds in which a server has to answer."""


def place(architecture: str, version: str) -> Path:
    """Return where the file that `version`, one of `imagenet.NAMES`, stands for is or is to be, in torch's folder."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    home = Path(os.environ.get("TORCH_HOME") or caches / "torch")
    return home.expanduser() / "hub" / "checkpoints" / imagenet.file_name(architecture, version)


def fetch(architecture: str, version: str) -> Path:
    """Return the place of the file; download it if it is not there. InputError where it cannot be had."""
    file = place(architecture, version)
    if not file.is_file():
        url = f"{imagenet.FOLDER}{file.name}"
        try:
            _download(url, file, imagenet.digest(architecture, version))
        except (OSError, ValueError) as error:
            raise InputError(
                f"the ImageNet weights of {architecture}",
                f"cannot be downloaded ({error})",
                f"add the file: get {url} elsewhere and put it at {file}; or set `pretrained` to the path of a"
                " file of weights, or to `none` to train from scratch",
            ) from error
    return file


def _download(url: str, file: Path, digest: str) -> None:
    """Write to `file` what is at `url`; ValueError where its SHA-256 does not begin with `digest`."""
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response, atomic.replacing(file) as beside:
        with beside.open("wb") as out:
            shutil.copyfileobj(response, out, 1 << 20)
        with beside.open("rb") as whole:
            sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
        if not sha256.startswith(digest):
            raise ValueError(f"its SHA-256 begins with {sha256[:8]}")
