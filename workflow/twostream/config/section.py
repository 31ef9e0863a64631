"""Parts of a section of the configuration as dataclasses."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self


class Section:
    """A dataclass whose fields are some of a section's settings, by their names."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        return cls(**{field.name: settings[field.name] for field in fields(cls)})  # type: ignore[arg-type]
