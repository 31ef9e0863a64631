"""Which settings make two keys differ, back through all that the two artefacts rest on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twostream.cache import provenance

MISSING = "-"


@dataclass(frozen=True)
class Difference:
    """One setting of one stage, dotted, and its two values."""

    stage: str
    setting: str
    before: Any
    after: Any


def between(before: Path, after: Path) -> list[Difference]:
    """Return what differs between the cache folders `before` and `after`, the first cause first.

    Empty where neither the settings nor the versions differ: then the data do.
    """
    return list(dict.fromkeys(_between(before.resolve(), after.resolve())))


def own(before: Path, after: Path) -> list[Difference]:
    """Return what differs between the settings of two cache folders themselves, whatever they were made from."""
    old, new = provenance.read(before.resolve()), provenance.read(after.resolve())
    return list(_own(old, new)) if old and new else []


def leaves(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted names of `settings` with their values."""
    if not isinstance(settings, dict):
        yield prefix.rstrip("."), settings
        return
    for name, value in settings.items():
        yield from leaves(value, f"{prefix}{name}.")


def _between(before: Path, after: Path) -> Iterator[Difference]:
    if before == after:
        return
    old, new = provenance.read(before), provenance.read(after)
    if not (old and new):
        return
    for one, other in zip(_upstream(before, old), _upstream(after, new), strict=False):
        yield from _between(one, other)
    yield from _own(old, new)


def _own(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    """Yield what differs between two records of `provenance`."""
    stage = new["stage"] if new["stage"] == old["stage"] else f"{old['stage']}, {new['stage']}"
    old_values, new_values = _values(old), _values(new)
    for name in dict.fromkeys([*old_values, *new_values]):
        values = old_values.get(name, MISSING), new_values.get(name, MISSING)
        if values[0] != values[1]:
            yield Difference(stage, name, *values)


def _values(record: dict[str, Any]) -> dict[str, Any]:
    settings = {name: _hashable(value) for name, value in leaves(record["settings"]) if name}
    return {"VERSION": record["version"], **settings}


def _upstream(folder: Path, record: dict[str, Any]) -> list[Path]:
    """Return the folders of what `folder` was made from, each once."""
    return list(dict.fromkeys((folder / path).resolve().parent for path in record["inputs"]))


def _hashable(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value
