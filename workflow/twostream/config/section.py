"""Parts of a section of the configuration as dataclasses."""

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=Dataclass)


def pick(kind: type[T], settings: Mapping[str, Any]) -> T:
    """Return the dataclass `kind`, each of its fields filled with the one of `settings` that has its name."""
    return kind(**{field.name: settings[field.name] for field in fields(kind)})
