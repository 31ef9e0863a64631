"""The one line that says what is wrong with a setting, and what it may be."""

import difflib
import math
from typing import Any

from jsonschema import ValidationError

from twostream.config import schema
from twostream.config.schema import Settings
from twostream.errors import InputError

KINDS = {"object": "a mapping", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number"}
"""The schema's types in words; the others are their own words."""
LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "multipleOf": "a multiple of",
    "minProperties": "with entries, at least",
    "minItems": "of different entries, at least",
    "minLength": "of a length of at least",
    "maxLength": "of a length of at most",
    "format": "that is a",
}
"""The schema's bounds in words, which the bound's value follows."""


def error(fault: ValidationError, source: str) -> InputError:
    """Return the error for `fault` in the settings that come from `source`."""
    name = ".".join(str(part) for part in fault.absolute_path)
    rule: Any = fault.schema
    instance: Any = fault.instance
    if fault.validator == "additionalProperties":
        return _unknown(source, name, instance, rule)
    if fault.validator == "required":
        missing = next(key for key in rule["required"] if key not in instance)
        return _wrong(source, _joined(name, missing), "is missing", rule["properties"][missing])
    if "propertyNames" in fault.schema_path:
        remedy = "rename it: a small letter, then small letters, digits and _, 31 at most"
        return InputError(f"{source}: {_joined(name, instance)}", "is not a name", remedy)
    hint = ", which YAML takes for text (write 1e-3 as 1.0e-3)" if _is_written_number(instance) else ""
    return _wrong(source, name, f"is {instance!r:.80}{hint}", rule)


def _wrong(source: str, name: str, problem: str, rule: Settings) -> InputError:
    return InputError(f"{source}: {name}".removesuffix(": "), problem, f"set it to {_allowed(rule)}")


def _unknown(source: str, name: str, instance: Settings, rule: Settings) -> InputError:
    """Return the error for the first unknown key of `instance`, the section `name`, with the key that may be meant."""
    allowed = sorted(rule.get("properties", {}))
    key = min((str(key) for key in instance if key not in allowed), default="")
    suggestion = _suggestion(name, key, allowed)
    hint = f" (did you mean {suggestion}?)" if suggestion else ""
    remedy = f"choose one of {', '.join(allowed)}" if allowed else "delete it: there is nothing to set here"
    return InputError(f"{source}: {_joined(name, key)}", f"is unknown{hint}", remedy)


def _suggestion(name: str, key: str, allowed: list[str]) -> str | None:
    """Return the setting that `key` in the section `name` looks like: one of those `allowed` there, else of others."""
    if beside := difflib.get_close_matches(key, allowed, n=1):
        return _joined(name, beside[0])
    elsewhere = {leaf.rpartition(".")[2]: leaf for leaf in schema.leaves(schema.read())}
    similar = difflib.get_close_matches(key, elsewhere, n=1, cutoff=0.8)
    return elsewhere[similar[0]] if similar else None


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}".lstrip(".")


def _is_written_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _allowed(rule: Settings) -> str:
    """Return in words what `rule` allows."""
    if "enum" in rule:
        return "one of " + ", ".join("null" if value is None else str(value) for value in rule["enum"])
    if "examples" in rule:
        return "one of " + ", ".join(rule["examples"])
    kinds = rule.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    allowed = " or ".join(KINDS.get(kind, kind) for kind in kinds)
    limits = [f"{word} {rule[bound]}" for bound, word in LIMITS.items() if bound in rule]
    return ", ".join([allowed, *limits])
