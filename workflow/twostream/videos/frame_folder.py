"""A folder of numbered pictures, 00001.jpg and so on, in place of a video."""

import hashlib
import os
import re
from pathlib import Path

NUMBERED = re.compile(r"[^.].*?(\d+)\.(?:jpe?g|png|bmp|webp)|(\d+)\.(?:jpe?g|png|bmp|webp)", re.IGNORECASE)
"""The name of a frame: a number at the end, and the suffix of a picture."""


def pictures(folder: Path) -> list[Path]:
    """Return the frames in `folder` by their numbers; none where it holds anything else but hidden files."""
    numbers: dict[Path, int] = {}
    for name in os.listdir(folder):
        match = NUMBERED.fullmatch(name)
        if match and (folder / name).is_file():
            numbers[folder / name] = int(match[1] or match[2])
        elif not name.startswith("."):
            return []
    return sorted(numbers, key=lambda path: (numbers[path], path.name))


def digest(folder: Path) -> str:
    """Return the SHA-256 of the frames in `folder`, their names and their bytes, hexadecimal."""
    whole = hashlib.sha256()
    for path in pictures(folder):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
