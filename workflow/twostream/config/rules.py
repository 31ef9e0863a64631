"""What settings must be beside one another, and what a folder may be, which a schema cannot say."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from twostream.config import sizes
from twostream.config.schema import Settings
from twostream.errors import InputError

LONGEST_NAME, LONGEST_PATH = 255, 4000
"""Bytes of the name of a file, and of a path, of which 96 are left for what lies in a folder."""
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[/\\]")
"""Begins an address, or a path of Windows."""
STORAGE = re.compile(r"s3://[a-z0-9][a-z0-9.-]*(/(?!\.\.?(?:/|$))[\w.-]+)+", re.ASCII)
"""The address of a folder in object storage."""
LOCAL_COPIES = ".snakemake/storage/s3"
"""Where Snakemake's plugin for it keeps the local copies, below the project."""
VARIABLE = re.compile(r"~|\$|%\w+%")
"""Begins what shells replace: another user's home folder, or a variable."""


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
        is_met=lambda stream, settings: stream["stack"] <= settings["stack"] or settings.get("by") == "none",
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
        setting="class_sampling",
        is_met=lambda stream, _: "none" in (stream["class_sampling"], stream["class_weights"]),
        remedy=lambda _, __: "set it or class_weights to none: both together count small classes too much",
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


def check_folders(settings: Settings, source: str) -> None:
    """Write the home folder for `~` in the folders of `settings`; raise InputError where one is none of this system's.

    A folder of split lists without a folder of videos is refused: the demo has its own.
    """
    dataset, compute = settings["dataset"], settings["compute"]
    if dataset["splits"] is not None and dataset["folder"] is None:
        problem = f"is {dataset['splits']!r}, without the folder of the videos that it lists"
        raise InputError(f"{source}: dataset.splits", problem, "set dataset.folder too")
    if set("{}") & set(compute["cache_root"]):
        problem = f"is {compute['cache_root']!r}, and Snakemake takes what stands in braces for a wildcard"
        raise InputError(f"{source}: compute.cache_root", problem, "rename the folder, or choose another")
    in_dataset = [(dataset, name) for name in ("folder", "splits", "annotations")]
    for section, name in (*in_dataset, (compute, "cache_root")):
        if section[name] is not None:
            prefix = "compute" if section is compute else "dataset"
            section[name] = _local(section[name], f"{source}: {prefix}.{name}")
    for name, stream in settings["streams"].items():
        stream["pretrained"] = _local(stream["pretrained"], f"{source}: streams.{name}.pretrained")


def check_storage(compute: Settings, source: str) -> None:
    """Set the folder of the cache to that of its local copies where it is in object storage.

    Raise InputError where `compute.storage` is no address in S3.
    """
    address = compute["storage"]
    if address is None:
        return
    if not STORAGE.fullmatch(address):
        raise InputError(
            f"{source}: compute.storage", f"is {address!r}", "set it to an address like s3://bucket/prefix, or to null"
        )
    compute["cache_root"] = f"{LOCAL_COPIES}/{address.removeprefix('s3://')}"


def check_flow(flow: Settings, prefix: str) -> None:
    """Write the home folder for `~` in the path of raft's weights; raise InputError where raft has none."""
    setting, raft = f"{prefix}raft.weights", flow["raft"]
    if raft["weights"] is not None:
        raft["weights"] = _local(raft["weights"], setting)
    elif flow["backend"] == "raft" and flow["imported"] is None:
        raise InputError(setting, "is null, and flow.backend is raft", "set it to a file of torchvision's weights")


def _local(path: str, setting: str) -> str:
    """Return the `path` that `setting` has, `~` replaced.

    InputError where it has a NUL, is too long or, if there is no such folder, is an address or begins with a variable.
    """
    if "\0" in path:
        raise InputError(setting, f"is {path!r}, which no file can be called", "set it to the path of one")
    parts = [part.encode(errors="surrogatepass") for part in path.split("/")]
    if max(map(len, parts)) > LONGEST_NAME or sum(map(len, parts)) + len(parts) > LONGEST_PATH:
        problem = f"is {path[:40]!r}..., of {len(path)} letters, which no file can be called"
        raise InputError(setting, problem, "set it to a shorter path")
    if path == "~" or path.startswith("~/"):
        return str(Path.home() / path[2:])
    is_there = os.path.exists(path)  # noqa: PTH110, which raises where a folder above may not be read
    if ADDRESS.match(path) and ("://" in path or not is_there):
        raise InputError(setting, f"is {path!r}, which is no folder of this system", "set it to one that is mounted")
    if VARIABLE.match(path) and not is_there:
        problem = f"is {path!r}, where nothing is put in for {path.split('/')[0]}"
        raise InputError(setting, problem, "set it to the whole path, or with ./ in front to a folder of that name")
    return path
