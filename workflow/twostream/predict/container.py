"""The one file of a model: an archive of a few members, hostile until it is checked. Nothing in it is run.

A zip without compression, so that it cannot swell: `model.json`, `card.md` and tables of numbers in safetensors'
form. `model.json` names the other members with their SHA-256, and the version of the form.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twostream.errors import InputError
from twostream.files import atomic
from twostream.text import printable

FORM, VERSION = "twostream model", 1
"""What `model.json` says it is, and the newest version of the form that this code reads."""
HEAD, CARD = "model.json", "card.md"
MAX_HEAD = 1 << 26
"""Bytes of `model.json`, at most."""
MAX_MEMBERS = 100
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every member, so that the same model is the same file."""
WHOLE = "give the whole file that twostream export wrote"

_FAULTS = (zipfile.BadZipFile, NotImplementedError, EOFError, KeyError, TypeError, ValueError, RecursionError)
"""What reading an archive raises that is damaged or of another form."""


@dataclass(frozen=True)
class Container:
    """What a file holds: the head, and the other members by name."""

    head: Mapping[str, Any]
    members: Mapping[str, bytes]


def write(path: Path, head: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    """Write `head` and `members` to `path`."""
    files = {name: {"sha256": _digest(content), "bytes": len(content)} for name, content in members.items()}
    whole = {"form": FORM, "version": VERSION, **head, "files": files}
    with atomic.replacing(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {HEAD: json.dumps(whole, indent=1).encode(), **members}.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)


def read(path: Path) -> Container:
    """Return what the file at `path` holds; InputError where it is no model, is damaged, or is newer than this code."""
    if not path.is_file():
        raise InputError(path, "is not a file", "give the file that twostream export wrote")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path.stat().st_size)
            head = json.loads(archive.read(HEAD))
            _check_version(path, head)
            members = {name: archive.read(name) for name in head["files"]}
            _check_digests(head["files"], members, archive.namelist())
            return Container(head, members)
    except _FAULTS as error:
        problem = f"is no model of twostream, or damaged ({type(error).__name__}: {printable(str(error)):.80})"
        raise InputError(path, problem, WHOLE) from error


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    """Raise ValueError where the archive is none that `write` makes: no member may hold more than the file has."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_MEMBERS or len(set(names)) != len(names):
        raise ValueError("too many members, or two of one name")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size or entry.flag_bits & 1:
            raise ValueError("a member is compressed or encrypted")
    if sum(entry.file_size for entry in entries) > size or archive.getinfo(HEAD).file_size > MAX_HEAD:
        raise ValueError("its members are larger than the file")


def _check_version(path: Path, head: Any) -> None:
    version = head["version"]
    if head["form"] != FORM or isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError("of another form")
    if version > VERSION:
        problem = f"is a model of version {version:.10g}, and this twostream reads versions up to {VERSION}"
        raise InputError(path, problem, "install a newer twostream")


def _check_digests(files: Mapping[str, Any], members: Mapping[str, bytes], names: list[str]) -> None:
    if set(names) != {HEAD, *files}:
        raise ValueError("other members than it names")
    for name, content in members.items():
        if files[name]["sha256"] != _digest(content):
            raise ValueError(f"{name} is not what was written")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
