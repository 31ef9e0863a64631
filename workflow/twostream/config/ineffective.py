"""Settings that have no effect beside others, such as momentum with AdamW: they are said, and are in no key."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from twostream.config import schema
from twostream.config.schema import Settings


class Case(NamedTuple):
    """`settings` of a `section` that have no effect where the condition `holds`, and that condition `in_words`.

    `holds` takes the section, in `streams` that of one stream. A stream's section is named `streams.*`.
    """

    section: str
    settings: tuple[str, ...]
    holds: Callable[[Settings], bool]
    in_words: str


CASES = (
    Case("frames", ("quality",), lambda frames: frames["codec"] != "jpeg", "codec is not jpeg"),
    Case("flow", ("quality",), lambda flow: flow["codec"] != "jpeg", "codec is not jpeg"),
    Case(
        "flow",
        ("short_side", "step", "backend", "codec", "quality", "tvl1", "dis", "farneback", "raft"),
        lambda flow: flow["imported"] is not None,
        "flow is imported",
    ),
    Case("flow", ("tvl1",), lambda flow: flow["backend"] in ("dis", "farneback", "raft"), "backend is not of TV-L1"),
    Case("flow", ("dis",), lambda flow: flow["backend"] != "dis", "backend is not dis"),
    Case("flow", ("farneback",), lambda flow: flow["backend"] != "farneback", "backend is not farneback"),
    Case("flow", ("raft",), lambda flow: flow["backend"] != "raft", "backend is not raft"),
    Case("streams.*", ("momentum",), lambda stream: stream["optimiser"] == "adamw", "optimiser is adamw"),
    Case("streams.*", ("steps",), lambda stream: stream["schedule"] != "step", "schedule is not step"),
    Case("streams.*", ("patience",), lambda stream: stream["schedule"] != "plateau", "schedule is not plateau"),
    Case("streams.*", ("top_k",), lambda stream: stream["consensus"] != "top_k", "consensus is not top_k"),
    Case(
        "streams.*",
        ("smallest_crop", "largest_crop"),
        lambda stream: stream["crop"] != "random",
        "crop is not random",
    ),
    Case("streams.*", ("positions",), lambda stream: stream["crop"] != "multiscale", "crop is not multiscale"),
    Case("validation", ("fraction",), lambda validation: validation["by"] != "group", "by is not group"),
    Case(
        "validation",
        ("protocol", "samples", "stack"),
        lambda validation: validation["by"] == "none",
        "by is none",
    ),
    Case(
        "test",
        ("keep_crops",),
        lambda test: test["crops"] == 1 or (test["crops"] is None and test["protocol"] != "tsn25x10"),
        "a position has one crop",
    ),
    Case("fusion", ("resamples", "seed"), lambda _: True, "intervals are computed by a formula"),
)
"""What is without effect beside other settings of its section; `_cases` has what depends on the data set too."""


def reset(settings: Settings, has_lists: bool) -> Settings:
    """Return the complete `settings` with every one that has no effect at its default.

    `has_lists` says whether the data set has split lists.
    """
    changed = settings | {"streams": dict(settings["streams"])}
    for path, names, _ in _cases(settings, has_lists):
        defaults = _defaults(path)
        if path[0] == "streams":
            changed["streams"][path[1]] = changed["streams"][path[1]] | {name: defaults[name] for name in names}
        else:
            changed[path[0]] = changed[path[0]] | {name: defaults[name] for name in names}
    return changed


def describe(settings: Settings, has_lists: bool) -> list[str]:
    """Return a line for each of the complete `settings` that has no effect though it is not at its default."""
    return [
        f"{'.'.join(path)}.{name}: has no effect, since {reason}"
        for path, names, reason in _cases(settings, has_lists)
        for name in names
        if _section(settings, path)[name] != _defaults(path)[name]
    ]


def _cases(settings: Settings, has_lists: bool) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """Yield the path of each section of `settings` in which a case holds, the settings without effect, and why."""
    if settings["dataset"]["folder"] is not None:
        yield ("demo",), tuple(settings["demo"]), "dataset.folder is set"
    if has_lists:
        yield ("index",), ("test_fraction", "seed"), "there are split lists"
    else:
        yield ("dataset",), ("split", "missing"), "there are no split lists"
    for case in CASES:
        name, _, each = case.section.partition(".")
        paths = [(name, stream) for stream in settings[name]] if each else [(name,)]
        yield from ((path, case.settings, case.in_words) for path in paths if case.holds(_section(settings, path)))


def _section(settings: Settings, path: tuple[str, ...]) -> Any:
    for name in path:
        settings = settings[name]
    return settings


def _defaults(path: tuple[str, ...]) -> Settings:
    """Return the default of each setting in the section at `path`."""
    rules = _sections()[path[0]]
    rules = rules["additionalProperties"] if path[0] == "streams" else rules
    return {name: schema.default(rule) for name, rule in rules["properties"].items()}


@cache
def _sections() -> Settings:
    sections: Settings = schema.read()["properties"]
    return sections
