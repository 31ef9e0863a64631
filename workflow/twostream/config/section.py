"""Parts of a section of the configuration as dataclasses."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def pick(kind: type[T], settings: Mapping[str, Any]) -> T:
    """Return the dataclass `kind`, each of its fields filled with the one of `settings` that has its name."""
    return kind(**{field.name: settings[field.name] for field in fields(kind)})
