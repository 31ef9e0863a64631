"""A user's settings: those of files, and those of a command line laid over them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from twostream.config import strict_yaml


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


def _or_empty(settings: Any) -> Any:
    return {} if settings is None else settings
