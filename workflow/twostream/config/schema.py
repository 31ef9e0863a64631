"""The schema: which settings there are, of what kind, within which bounds, and their defaults."""

from importlib import resources
from typing import Any

Settings = dict[str, Any]
"""Settings by name, nested as in the YAML file; also the part of the schema that describes them."""

OF_DATASET = ("split", "missing", "classes", "limit")
"""Settings of the section `dataset` that the index depends on besides its own."""


def read() -> Settings:
    """Return the schema of a whole configuration."""
    import yaml

    schema: Settings = yaml.safe_load(resources.files(__package__).joinpath("schema.yaml").read_text(encoding="utf-8"))
    return schema


def of_stage(section: str | None) -> Settings:
    """Return the schema of the settings that a stage receives: those of its `section`, and none without one.

    `index` also receives what selects videos of the data set, but not the number of the shards. `streams` receives one
    stream, with the settings of `validation` and the digest of a file of pretrained weights, `features` those
    of `test`.
    """
    if section is None:
        return {"type": "object", "additionalProperties": False, "properties": {}}
    sections = read()["properties"]
    rules: Settings = sections[section]
    if section == "index":
        properties = {name: rule for name, rule in rules["properties"].items() if name != "shards"}
        dataset = sections["dataset"]["properties"]
        more = {name: dataset[name] for name in OF_DATASET} | {"fps": sections["frames"]["properties"]["fps"]}
        return rules | {"properties": properties | more}
    if section == "streams":
        rules = rules["additionalProperties"]
        more = {"validation": sections["validation"], "pretrained_digest": {"type": "string"}}
        return rules | {"properties": rules["properties"] | more}
    if section == "features":
        return rules | {"properties": rules["properties"] | {"test": sections["test"]}}
    return rules


def default(rule: Settings) -> Any:
    """Return the default of the setting or section that `rule` describes, complete; None where it has none."""
    if "properties" in rule:
        return {name: default(inner) for name, inner in rule["properties"].items()}
    return rule.get("default")


def leaves(rules: Settings, prefix: str = "") -> list[str]:
    """Return the dotted names of all settings of `rules`; a `*` stands for a user's own name, as in streams.*.lr."""
    if "properties" in rules:
        return [leaf for name, rule in rules["properties"].items() for leaf in leaves(rule, f"{prefix}{name}.")]
    if isinstance(rules.get("additionalProperties"), dict):
        return leaves(rules["additionalProperties"], f"{prefix}*.")
    return [prefix.rstrip(".")]
