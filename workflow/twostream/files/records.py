"""Small JSON files of ours, such as costs and notes: each has a checksum of its own, and a damaged one stops nothing.

A file of an earlier version has no checksum and is taken as it is. What is an artefact itself, as `index.json` is, has
its checksum beside it, in a record.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from twostream import console
from twostream.files import atomic

T = TypeVar("T")

CHECKSUM = "checksum"
"""The name, in a record, of the SHA-256 of all else in it."""
DAMAGED = ".damaged"
"""What is appended to the name of a damaged file."""
UNREADABLE = (ValueError, RecursionError)
"""What reading a file that is no JSON raises."""
OTHER_FORM = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What making something of JSON of another form raises."""


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write `record`, which JSON can hold, to `path` with its checksum, all of it or nothing."""
    atomic.write_json(path, {**record, CHECKSUM: checksum(record)})


def read(path: Path, build: Callable[[dict[str, Any]], T], consequence: str) -> T | None:
    """Return what `build` makes of the record in `path`; None where there is none.

    None too where it is not what was written: then it is set aside, and a warning says so and the `consequence`.
    """
    try:
        return build(load(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        console.warn(path, f"cannot be read ({error.strerror}): {consequence}")
        return None
    except (*UNREADABLE, *OTHER_FORM) as error:
        reason = " ".join(str(error).split())
        console.warn(path, f"is damaged ({reason:.100}){_new_name(rename_damaged(path))}: {consequence}")
        return None


def load(path: Path) -> dict[str, Any]:
    """Return the record in `path` without its checksum; raise OSError, or one of UNREADABLE where it is damaged."""
    stored = json.loads(path.read_bytes())
    if not isinstance(stored, dict):
        raise ValueError("it holds no names and values")
    claimed = stored.pop(CHECKSUM, None)
    if claimed is not None and claimed != checksum(stored):
        raise ValueError("it has another checksum than when it was written")
    return stored


def build(kind: Callable[..., T], fields: Mapping[str, Any]) -> T:
    """Return the dataclass `kind` of `fields`; raise TypeError where one is missing, unknown or of another type.

    What is in a tuple, a list or a dictionary is not looked at.
    """
    kinds_of = _kinds(kind)
    for name, value in fields.items():
        kinds = kinds_of.get(name, (object, bool))  # What is unknown, `kind` refuses.
        if not isinstance(value, kinds) or (value.__class__ is bool and bool not in kinds):
            raise TypeError(f"{name} is of another type")
    return kind(**fields)


def checksum(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what JSON keeps of `record`, in which the order of names does not count."""
    text = json.dumps(json.loads(json.dumps(record)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rename_damaged(path: Path) -> Path | None:
    """Append `.damaged` to the name of `path`; return its new path, None where this process may not rename it.

    No pattern such as `*.json` matches the new name; `quarantine`, for large files, keeps the suffix.
    """
    damaged = path.with_name(path.name + DAMAGED)
    with suppress(OSError):
        return path.replace(damaged)
    return None


@cache
def _kinds(kind: Callable[..., object]) -> dict[str, tuple[type, ...]]:
    """Return the types that each field of the dataclass `kind` may have. A whole number is a number too."""
    unions = {
        name: get_args(hint) if isinstance(hint, UnionType) else (hint,) for name, hint in get_type_hints(kind).items()
    }
    kinds = {name: tuple(get_origin(each) or each for each in union) for name, union in unions.items()}
    return {name: (*each, int) if float in each else each for name, each in kinds.items()}


def _new_name(damaged: Path | None) -> str:
    return f" and is set aside as {damaged.name}" if damaged else ""
