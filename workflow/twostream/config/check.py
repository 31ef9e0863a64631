"""The configuration: filled with defaults and checked against its schema before anything runs."""

import math
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.exceptions import relevance

from twostream.errors import InputError

SCHEMA_FILE = Path(__file__).with_name("schema.yaml")

Settings = dict[str, Any]

SIZED = ("vit_", "maxvit_")
"""Architectures made for images of 224 pixels and no others."""
SMALLEST = {"alexnet": 63}
"""Pixels; other architectures take any size that may be asked for."""


def schema() -> Settings:
    return yaml.safe_load(SCHEMA_FILE.read_text(encoding="utf-8"))


def load(path: Path) -> Settings:
    """The configuration in the YAML file `path`, checked and complete."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: not a YAML file that can be read: {' '.join(str(error).split())}") from error
    return check(given or {})


def check(given: Any) -> Settings:
    """`given` with every default filled in; InputError where it breaks the schema."""
    settings = _copy(given)
    _check(schema(), settings)
    _check_streams(settings)
    return settings


def check_stage(section: str | None, settings: Any) -> Settings:
    """Return the `settings` of a stage, complete; raise InputError where they break its `section` of the schema."""
    complete = _copy(settings)
    _check(stage_schema(section), complete)
    return complete


def stage_schema(section: str | None) -> Settings:
    """Return the schema of the settings that a stage receives: those of its `section`, and none without one.

    `index` is also told the number of the split lists but not that of the shards; `streams` is one stream, with the
    settings of `validation` and the digest of a file of pretrained weights.
    """
    if section is None:
        return {"type": "object", "additionalProperties": False, "properties": {}}
    sections = schema()["properties"]
    rules: Settings = sections[section]
    if section == "index":
        properties = {name: rule for name, rule in rules["properties"].items() if name != "shards"}
        return rules | {"properties": properties | {"split": sections["dataset"]["properties"]["split"]}}
    if section == "streams":
        rules = rules["additionalProperties"]
        more = {"validation": sections["validation"], "pretrained_digest": {"type": "string"}}
        return rules | {"properties": rules["properties"] | more}
    return rules


def typed(given: Any) -> Any:
    """Text from a command line, nested in mappings, as the YAML that it is: `0.1` a number, `null` nothing."""
    if isinstance(given, dict):
        return {name: typed(value) for name, value in given.items()}
    try:
        return yaml.safe_load(given) if isinstance(given, str) else given
    except yaml.YAMLError:
        return given


def overlaid(settings: Any, by: Any) -> Any:
    """`settings` with the leaves of `by` in place of its own."""
    if not (isinstance(settings, dict) and isinstance(by, dict)):
        return by
    return settings | {name: overlaid(settings.get(name), value) for name, value in by.items()}


def leaves(rules: Settings, prefix: str = "") -> list[str]:
    """The dotted names of all settings; a `*` stands for the name a user gives, as in streams.*.lr."""
    if "properties" in rules:
        return [leaf for name, rule in rules["properties"].items() for leaf in leaves(rule, f"{prefix}{name}.")]
    if isinstance(rules.get("additionalProperties"), dict):
        return leaves(rules["additionalProperties"], f"{prefix}*.")
    return [prefix.rstrip(".")]


def _check(rules: Settings, settings: Any) -> None:
    """Fill `settings` with the defaults of `rules`; raise InputError where they break them."""
    faults = sorted(_filling_validator(rules).iter_errors(settings), key=relevance)
    if faults:
        raise InputError(_told(faults[0]))


def _filling_validator(rules: Settings) -> Draft202012Validator:
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def fill_and_check(validator: Any, properties: Any, instance: Any, rule: Any) -> Any:
        if isinstance(instance, dict):
            for name, subrule in properties.items():
                if "default" in subrule:
                    instance.setdefault(name, _copy(subrule["default"]))
        yield from check_properties(validator, properties, instance, rule)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_finite})
    filling = validators.extend(Draft202012Validator, {"properties": fill_and_check}, type_checker=types)
    return filling(rules, format_checker=FormatChecker())


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(_: Any, value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _told(fault: ValidationError) -> str:
    name = ".".join(str(part) for part in fault.absolute_path)
    rule: Any = fault.schema
    instance: Any = fault.instance
    if fault.validator == "additionalProperties":
        known = sorted(rule.get("properties", {}))
        unknown = min((name for name in instance if name not in known), key=str)
        name = f"{name}.{unknown}".lstrip(".")
        return f"config: {name} is unknown: here there can be {', '.join(known)}"
    if fault.validator == "required":
        missing = next(key for key in rule["required"] if key not in instance)
        allowed = _allowed(rule["properties"][missing])
        return f"config: {name}.{missing} is missing: allowed is {allowed}"
    if "propertyNames" in fault.schema_path:
        return f"config: {name}: `{instance}` is not a name: allowed are small letters, digits and _"
    hint = " (YAML takes 1e-3 for text: write 1.0e-3)" if _is_written_number(instance) else ""
    return f"config: {name or 'the file'} is {instance!r:.80}: allowed is {_allowed(rule)}{hint}"


def _is_written_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _allowed(rule: Settings) -> str:
    if "enum" in rule:
        return "one of " + ", ".join(str(value) for value in rule["enum"])
    kinds = rule.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = {"object": "a mapping", "string": "text", "number": "a number", "integer": "a whole number"}
    allowed = " or ".join(words.get(kind, kind) for kind in kinds)
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
        "multipleOf": "a multiple of",
        "minProperties": "entries, at least",
        "minLength": "of a length of at least",
        "maxLength": "of a length of at most",
        "format": "that is a",
    }
    limits = [f"{word} {rule[bound]}" for bound, word in bounds.items() if bound in rule]
    return ", ".join([allowed, *limits])


def _check_streams(settings: Settings) -> None:
    for name, stream in settings["streams"].items():
        for section in ("test", "validation"):
            longest = settings[section]["stack"]
            if stream["stack"] > longest:
                raise InputError(
                    f"config: streams.{name}.stack is {stream['stack']}: allowed is at most {section}.stack, {longest}"
                )
        if stream["architecture"].startswith(SIZED) and stream["size"] != 224:
            raise InputError(
                f"config: streams.{name}.size is {stream['size']}: {stream['architecture']} allows only 224"
            )
        smallest = SMALLEST.get(stream["architecture"], 0)
        if stream["size"] < smallest:
            raise InputError(
                f"config: streams.{name}.size is {stream['size']}: {stream['architecture']} allows {smallest} and up"
            )
        if stream["schedule"] == "step" and not stream["steps"]:
            raise InputError(f"config: streams.{name}.steps is empty: the schedule `step` lowers lr at these epochs")
        if stream["accumulate"] > stream["batch"]:
            raise InputError(
                f"config: streams.{name}.accumulate is {stream['accumulate']}: allowed is at most batch, "
                f"{stream['batch']}"
            )
        if stream["smallest_crop"] > stream["largest_crop"]:
            raise InputError(
                f"config: streams.{name}.smallest_crop is {stream['smallest_crop']}: allowed is at most "
                f"largest_crop, {stream['largest_crop']}"
            )
        if stream["colour_jitter"] and stream["modality"] == "flow":
            raise InputError(f"config: streams.{name}.colour_jitter is {stream['colour_jitter']}: flow allows only 0")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
