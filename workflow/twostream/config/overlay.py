"""Settings from a command line, laid over those of a file."""

from typing import Any

import yaml


def parse_leaves(value: Any) -> Any:
    """Return text from a command line, nested in mappings, as the YAML that it is: `0.1` a number, `null` None."""
    if isinstance(value, dict):
        return {name: parse_leaves(item) for name, item in value.items()}
    try:
        return yaml.safe_load(value) if isinstance(value, str) else value
    except yaml.YAMLError:
        return value


def overlay(settings: Any, changes: Any) -> Any:
    """Return `settings` with the leaves of `changes` in place of its own."""
    if not (isinstance(settings, dict) and isinstance(changes, dict)):
        return changes
    return settings | {name: overlay(settings.get(name), value) for name, value in changes.items()}
