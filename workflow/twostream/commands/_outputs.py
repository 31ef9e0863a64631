"""Files that commands write: a file of another kind that is there stays, unless --force is given."""

import argparse
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from twostream.errors import InputError

PAGE = b'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
"""What all pages of ours have near their beginning."""
NEAR = 1000
"""The first bytes of a file, which say what it is."""
REPORT = ("streams", "fusion")
"""What the numbers beside a page of `fuse` and `mean` have."""


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add the leave to write over files of another kind than those that the command writes."""
    parser.add_argument("--force", action="store_true", help="write even over files of another kind")


def check_file(option: str, path: Path, force: bool, is_ours: Callable[[Path], bool], other: str) -> None:
    """Raise InputError where `option` names a folder or a device or, without `force`, what would be lost.

    What would be lost is a link to nothing, or a file that `is_ours` does not accept, since it holds `other`.
    """
    if path.is_dir():
        raise InputError(option, "is a folder", "give the name of a file in it")
    if path.exists() and not path.is_file():
        raise InputError(option, "is a device, a pipe or a socket", "give the name of a file")
    if path.is_symlink() and not path.exists() and not force:
        problem = f"is a link to {path.readlink()}, which is not there"
        raise InputError(option, problem, "choose another name, or give --force to write over the link")
    if path.exists() and not force and not is_ours(path):
        raise InputError(option, f"is there and holds {other}", "choose another name, or give --force to write over it")


def check_pictures(option: str, path: Path, inputs: Iterable[Path], force: bool) -> None:
    """Raise InputError where a picture or film at `path` would replace one of the `inputs` or, without `force`, a file.

    Whether such a file is ours cannot be told.
    """
    if _is_one_of(path, inputs):
        raise InputError(option, "is the video itself", "choose another name")
    check_file(option, path, force, lambda _: False, "what may be another video or picture")


def check_report(folder: Path, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Raise InputError where report.html and report.json cannot be written to `folder`, or another file would be lost.

    These may be the `inputs`, other reports.
    """
    numbers = folder / "report.json"
    if _is_one_of(numbers, inputs):
        raise InputError(f"--out {folder}", f"{numbers} is one of the reports to average", "choose another folder")
    check_file(f"--out {numbers}", numbers, force, json_with(*REPORT), "something else than such a report")
    check_page("--out", folder / "report.html", force)
    check_folder(folder)


def check_page(option: str, page: Path, force: bool) -> None:
    """Raise InputError where `page` of `option` is a folder or, without `force`, a file but a page of ours."""
    check_file(f"{option} {page}", page, force, is_page, "something else than a page of ours")


def check_folder(path: Path, option: str = "--out") -> None:
    """Raise InputError where the folder `path` of `option`, which need not exist, cannot be written to."""
    there = next(folder for folder in (path.absolute(), *path.absolute().parents) if os.path.lexists(folder))
    try:
        with tempfile.TemporaryFile(dir=there):
            return
    except OSError as error:
        problem = f"{there} cannot be written to ({error.strerror})"
        raise InputError(f"{option} {path}", problem, "choose a folder that can be") from error


def is_page(path: Path) -> bool:
    """Return whether the file at `path` is a page of ours."""
    return PAGE in _beginning(path)


def starts_with(text: str, part: str) -> Callable[[Path], bool]:
    """Return what tells whether the first line of a file starts with `text` and has `part` in it."""

    def is_ours(path: Path) -> bool:
        line = _beginning(path).partition(b"\n")[0]
        return line.startswith(text.encode()) and part.encode() in line

    return is_ours


def json_with(*names: str) -> Callable[[Path], bool]:
    """Return what tells whether a file is a JSON object that has all these `names`."""

    def is_ours(path: Path) -> bool:
        try:
            stored = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return False
        return isinstance(stored, dict) and set(names) <= stored.keys()

    return is_ours


def zip_with(name: str) -> Callable[[Path], bool]:
    """Return what tells whether a file is an archive in which there is a file of this `name`."""

    def is_ours(path: Path) -> bool:
        try:
            with zipfile.ZipFile(path) as archive:
                return name in archive.namelist()
        except (OSError, zipfile.BadZipFile):
            return False

    return is_ours


def read_by(read: Callable[[Path], object]) -> Callable[[Path], bool]:
    """Return what tells whether `read` reads a file without InputError."""

    def is_ours(path: Path) -> bool:
        try:
            read(path)
        except InputError:
            return False
        return True

    return is_ours


def _is_one_of(path: Path, others: Iterable[Path]) -> bool:
    """Return whether the file at `path` is that of one of `others`, by whichever name."""
    return any(path.exists() and each.exists() and path.samefile(each) for each in others)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(NEAR)
    except OSError:
        return b""
