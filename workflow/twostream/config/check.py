"""The configuration: filled with defaults and checked against its schema before anything runs."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.exceptions import relevance

from twostream.config import messages, rules, schema, strict_yaml
from twostream.config.schema import Settings


def load(path: Path) -> Settings:
    """Return the configuration in the YAML file `path`, checked and complete."""
    settings = strict_yaml.read(path)
    return check({} if settings is None else settings, str(path))


def check(settings: Any, source: str = "config") -> Settings:
    """Return `settings` with every default filled in; raise InputError, which names their `source`, where they err."""
    complete = _complete(settings, schema.read(), source)
    sections = {name: complete[name] for name in ("test", "validation")}
    for name, stream in complete["streams"].items():
        rules.check_stream(stream, sections, f"{source}: streams.{name}.")
    rules.check_storage(complete["compute"], source)
    rules.check_folders(complete, source)
    rules.check_flow(complete["flow"], f"{source}: flow.")
    return complete


def check_stage(section: str | None, settings: Any, source: str) -> Settings:
    """Return the `settings` of a stage, complete; raise InputError where they break its `section` of the schema."""
    complete = _complete(settings, schema.of_stage(section), source)
    if section == "streams":
        rules.check_stream(complete, {"validation": complete["validation"]}, f"{source}: ")
    if section == "flow":
        rules.check_flow(complete, f"{source}: ")
    return complete


def check_some(section: str, settings: Settings, source: str) -> None:
    """Raise InputError where some of the settings of a stage's `section`, alone, are not as its schema has them."""
    described = schema.of_stage(section)
    properties = {name: described["properties"][name] for name in settings}
    _complete(settings, {"type": "object", "properties": properties}, source)


def unknown(section: str, settings: Any) -> str:
    """Return the dotted name of the first of a stage's `settings` that its `section` does not have; empty without."""
    return _unknown(settings, schema.of_stage(section))


def _unknown(settings: Any, described: Settings) -> str:
    properties = described.get("properties", {})
    if not isinstance(settings, dict) or not properties:
        return ""
    for name, value in settings.items():
        if name not in properties:
            return str(name)
        if inner := _unknown(value, properties[name]):
            return f"{name}.{inner}"
    return ""


def _complete(settings: Any, schema: Settings, source: str) -> Settings:
    """Return a copy of `settings` with the defaults of `schema`; raise InputError where they break it."""
    complete: Settings = _copy(settings)
    faults = sorted(_filling_validator(schema).iter_errors(complete), key=relevance)
    if faults:
        raise messages.error(faults[0], source)
    return complete


def _filling_validator(schema: Settings) -> Draft202012Validator:
    """Return a validator that also sets what an instance leaves out to its default."""
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def fill_and_check(validator: Any, properties: Any, instance: Any, rule: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for name, subrule in properties.items():
                if "default" in subrule:
                    instance.setdefault(name, _copy(subrule["default"]))
        yield from check_properties(validator, properties, instance, rule)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_finite})
    extend: Callable[..., type[Draft202012Validator]] = validators.extend  # which has no types
    filling = extend(Draft202012Validator, {"properties": fill_and_check}, type_checker=types)
    return filling(schema, format_checker=FormatChecker())


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and _is_finite(_, value)


def _is_finite(_: Any, value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # A whole number beyond all that a float can be.
        return False


def _copy(value: Any) -> Any:
    """Return a deep copy, in which what a YAML alias repeats stands twice: each is filled for itself.

    Names are text in it: from Python they may be numbers or None.
    """
    if isinstance(value, dict):
        return {str(name): _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
