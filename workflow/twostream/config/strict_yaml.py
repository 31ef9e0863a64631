"""YAML as a user means it: names are text, no name stands twice, a date is text, and so are `007` and `12:30`."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from twostream.errors import InputError

TAG = "tag:yaml.org,2002:"
OCTAL_OR_BASE_60 = re.compile(r"[-+]?(0[0-7_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)")
"""What YAML 1.1 takes for numbers of other bases: `010` would be 8, and `12:30` would be 750."""
MOST_VALUES = 100_000
"""Values that a file may hold: a few lines of aliases of aliases can stand for more than memory holds."""


def read(path: Path) -> Any:
    """Return what the YAML or JSON file at `path` holds; raise InputError where it is none, or a name stands twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(path, "is not there", "give a file that is") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        problem = f"is not a YAML file that can be read ({reason})"
        raise InputError(path, problem, "give one that can") from error
    return parse(text, str(path))


def parse(text: str, source: str) -> Any:
    """Return what the YAML or JSON in `text` says; raise InputError, which names its `source`, as `read` does."""
    try:
        return _checked(json.loads(text, object_pairs_hook=_distinct))
    except _DoubledError as error:
        raise InputError(source, str(error), "delete one of them") from error
    except (ValueError, RecursionError):
        return _parse_yaml(text, source)


def _parse_yaml(text: str, source: str) -> Any:
    try:
        return _checked(yaml.load(text, _Loader))
    except _DoubledError as error:
        raise InputError(source, str(error), "delete one of them") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = f"is not a YAML file that can be read ({' '.join(str(error).split())})"
        raise InputError(source, problem, "give one that can") from error


def _checked(loaded: Any) -> Any:
    """Return `loaded`; raise ValueError where it is too large to write out, or half a letter stands for one."""
    if _values(loaded, {}) > MOST_VALUES:
        raise ValueError(f"with its aliases written out, it has more than {MOST_VALUES} values")
    json.dumps(loaded, default=str, ensure_ascii=False).encode()
    return loaded


def _values(loaded: Any, counts: dict[int, int]) -> int:
    """Return how many values `loaded` has, with aliases written out; `counts` has those of parts by their identity.

    An alias within what it names stands for no end of values.
    """
    if not isinstance(loaded, (dict, list)):
        return 1
    if id(loaded) not in counts:
        counts[id(loaded)] = MOST_VALUES
        parts = loaded.values() if isinstance(loaded, dict) else loaded
        counts[id(loaded)] = 1 + sum(_values(part, counts) for part in parts)
    return counts[id(loaded)]


class _DoubledError(Exception):
    """A name that stands twice in one mapping."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, whose mappings have names that are text (`1`, `yes` and `null` too), each of them once."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{TAG}timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0] and OCTAL_OR_BASE_60.fullmatch(value):
            return f"{TAG}str"
        by_pattern: Callable[..., str] = super().resolve  # which has no types
        return by_pattern(kind, value, implicit)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode) or name.tag == f"{TAG}merge":
                continue
            name.tag = f"{TAG}str"
            line = name.start_mark.line + 1
            if name.value in lines:
                raise _DoubledError(f"`{name.value}` stands twice, in line {lines[name.value]} and in line {line}")
            lines[name.value] = line
        return node


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the mapping of `pairs`, which JSON would let have a name twice."""
    names = [name for name, _ in pairs]
    doubled = next((name for position, name in enumerate(names) if name in names[:position]), None)
    if doubled is not None:
        raise _DoubledError(f"`{doubled}` stands twice in one mapping")
    return dict(pairs)
