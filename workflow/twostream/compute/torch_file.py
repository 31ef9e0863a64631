"""Files of tensors, read with their checksums; nothing in them is run, and their size bounds the memory that they take.

torch.save writes a zip archive with a CRC-32 of each part, which torch.load does not look at.
"""

import zipfile
from pathlib import Path
from typing import Any

import torch

from twostream.files import memory


def load(path: Path) -> Any:
    """Return the plain values and tensors in the file at `path`, onto the CPU.

    ValueError where it is damaged, and whatever torch.load raises of a file that holds something else.
    """
    with memory.bounded(path):
        if zipfile.is_zipfile(path):
            _verify(path)
        return torch.load(path, map_location="cpu", weights_only=True)


def _verify(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        packed = next((part.filename for part in archive.infolist() if part.compress_type != zipfile.ZIP_STORED), None)
        if packed:
            raise ValueError(f"{packed} is compressed, as torch.save never does it")
        damaged = archive.testzip()
        if damaged:
            raise ValueError(f"{damaged} has another checksum than when it was written")
