"""What a stream's settings must be beside one another, which a schema cannot say."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from twostream.config import sizes
from twostream.config.schema import Settings
from twostream.errors import InputError


class Rule(NamedTuple):
    """A condition on a stream's `setting`, and what the user can do where it does not hold.

    `is_met` and `remedy` take the stream's settings and those of `section`, which are empty without one.
    """

    setting: str
    is_met: Callable[[Settings, Settings], bool]
    remedy: Callable[[Settings, Settings], str]
    section: str | None = None


def _longest_stack(section: str) -> Rule:
    return Rule(
        setting="stack",
        is_met=lambda stream, settings: stream["stack"] <= settings["stack"],
        remedy=lambda _, settings: f"lower it to at most {section}.stack, {settings['stack']}, or raise that",
        section=section,
    )


RULES = (
    _longest_stack("test"),
    _longest_stack("validation"),
    Rule(
        setting="size",
        is_met=lambda stream, _: sizes.only_size(stream["architecture"]) in (None, stream["size"]),
        remedy=lambda stream, _: (
            f"set it to {sizes.only_size(stream['architecture'])}, the size of {stream['architecture']}"
        ),
    ),
    Rule(
        setting="size",
        is_met=lambda stream, _: stream["size"] >= sizes.smallest(stream["architecture"]),
        remedy=lambda stream, _: f"raise it to at least {sizes.smallest(stream['architecture'])}",
    ),
    Rule(
        setting="steps",
        is_met=lambda stream, _: stream["schedule"] != "step" or bool(stream["steps"]),
        remedy=lambda _, __: "add the epochs at which the schedule `step` lowers lr",
    ),
    Rule(
        setting="accumulate",
        is_met=lambda stream, _: stream["accumulate"] <= stream["batch"],
        remedy=lambda stream, _: f"lower it to at most batch, {stream['batch']}",
    ),
    Rule(
        setting="smallest_crop",
        is_met=lambda stream, _: stream["smallest_crop"] <= stream["largest_crop"],
        remedy=lambda stream, _: f"lower it to at most largest_crop, {stream['largest_crop']}",
    ),
    Rule(
        setting="colour_jitter",
        is_met=lambda stream, _: not stream["colour_jitter"] or stream["modality"] != "flow",
        remedy=lambda _, __: "set it to 0: flow has no colours",
    ),
)
"""Checked in this order: the first that does not hold is reported."""


def check_stream(stream: Settings, sections: Mapping[str, Settings], prefix: str) -> None:
    """Raise InputError where `stream` breaks a rule; `prefix` is written before the setting's name.

    A rule about a section that is not among `sections` is left out.
    """
    for rule in RULES:
        if rule.section is not None and rule.section not in sections:
            continue
        section = sections[rule.section] if rule.section else {}
        if not rule.is_met(stream, section):
            problem = f"is {stream[rule.setting]!r}"
            raise InputError(f"{prefix}{rule.setting}", problem, rule.remedy(stream, section))
