"""Settings that, at their defaults, are in no key: what was made before there were such settings is still used."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from twostream.config.schema import Settings

NEUTRAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "frames": {"fps": None},
        "flow": {"step": 1},
        "streams": {"class_weights": "none", "class_sampling": "none"},
        "index": {"fps": None},
    }
)
"""Of a section, in `streams` of one stream: what changes nothing where it has this value."""


def for_key(section: str, settings: Settings) -> dict[str, Any]:
    """Return the `settings` of a `section` but for those that change nothing."""
    neutral = NEUTRAL[section]
    return {name: value for name, value in settings.items() if name not in neutral or value != neutral[name]}
