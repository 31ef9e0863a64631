"""A user's settings: those of files, and those of a command line laid over them."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from twostream.config import strict_yaml

DOTTED = re.compile(r"\w+(\.\w+)+")
"""A setting's name as messages and pages write it."""


def gather(files: Iterable[Path], arguments: Iterable[str] = ()) -> Any:
    """Return the settings in the YAML `files`, over them those of the `arguments`, `SECTION=YAML`, the last on top.

    Both are read once, as YAML: in `report={title: "Run #3"}` the title is all that the quotation marks enclose.
    """
    settings: Any = {}
    for file in files:
        settings = overlay(settings, _or_empty(strict_yaml.read(file)))
    for argument in arguments:
        name, _, value = argument.partition("=")
        settings = overlay(settings, {name: strict_yaml.parse(value, f"--config {argument}")})
    return settings


def overlay(settings: Any, changes: Any) -> Any:
    """Return `settings` with the leaves of `changes` in place of its own."""
    if not (isinstance(settings, dict) and isinstance(changes, dict)):
        return changes
    return settings | {name: overlay(settings.get(name), value) for name, value in changes.items()}


def undotted(words: Sequence[str]) -> str:
    """Return what to type instead where, of the `words` of a command, --config has a dotted name; empty where none."""
    entries = [entry for entry in _config_entries(words) if DOTTED.fullmatch(entry.partition("=")[0])]
    if not entries:
        return ""
    nested = " ".join(shlex.quote(_nested(entry)) for entry in entries)
    return f"--config {' '.join(entries)}: Snakemake takes no dotted name: give --config {nested}"


def _config_entries(words: Sequence[str]) -> Iterator[str]:
    """Yield the words that --config takes: all up to the next option."""
    is_of_config = False
    for word in words:
        option, equals, value = word.partition("=")
        if word.startswith("-"):
            is_of_config = option in ("--config", "-C")
            if is_of_config and equals:
                yield value
        elif is_of_config and equals:
            yield word


def _nested(entry: str) -> str:
    """Return `a.b.c=1` as `a={b: {c: 1}}`."""
    name, _, value = entry.partition("=")
    section, *keys = name.split(".")
    return f"{section}={{{': {'.join(keys)}: {value}{'}' * len(keys)}"


def _or_empty(settings: Any) -> Any:
    return {} if settings is None else settings
