"""A configuration for a user's own videos: what is chosen for them, and the commented YAML that says so."""

import json
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import yaml

from twostream.config import check
from twostream.config.schema import Settings
from twostream.text import are, counted, printable
from twostream.videos.index import Index

WIDTH = 110
"""Letters of a line of comment."""
VIDEOS_A_SHARD = 100
FIRST_LOOK, FULL = 64, 256
"""Pixels of the shorter side, without a GPU and with one."""
NETWORKS: dict[int, Settings] = {
    FIRST_LOOK: {"architecture": "resnet18", "pretrained": "none", "size": 56, "segments": 3, "epochs": 12, "batch": 8}
    | {"optimiser": "adamw", "lr": 0.001, "weight_decay": 0.05, "schedule": "cosine"},
    FULL: {"architecture": "resnet101", "pretrained": "imagenet", "size": 224, "segments": 3, "epochs": 30, "batch": 32}
    | {"lr": 0.001},
}
"""What is said of both networks: the settings of presets/small.yaml, and those of a published system."""
FEW_RECORDINGS = 5
"""Training recordings a class below which none is held out to choose the epoch on."""


@dataclass(frozen=True)
class Section:
    """Settings of one section of the configuration, below what is said of them."""

    name: str
    settings: Settings
    words: str = ""


def choose(catalogue: Index, dataset: Settings, has_gpu: bool, cores: int) -> list[Section]:
    """Return the settings that suit the videos of `catalogue` and this machine, below the section `dataset`."""
    side = FULL if has_gpu else FIRST_LOOK
    smallest = min(min(video.width, video.height) for video in catalogue.videos)
    side_here = max(32, min(side, smallest))
    look = "as published systems are" if has_gpu else "a first look, for a machine without a GPU; 256 is usual"
    bound = round(20 * side_here / FULL, 1)
    return [
        Section("dataset", dataset),
        _index(catalogue, dataset, cores),
        Section("frames", {"short_side": side_here}, f"Pixels of the shorter side: {look}."),
        Section(
            "flow",
            {"short_side": side_here, "bound": bound},
            "The bound is the largest motion in pixels a frame, 20 at 256 pixels; faster motion is clipped.",
        ),
        _validation(catalogue),
        _streams(catalogue, side),
    ]


def render(sections: Sequence[Section], head: Sequence[str]) -> str:
    """Return the `sections` as YAML below the lines of `head`, each setting below what is said of it."""
    blocks = ["".join(map(_comment, head))]
    for section in sections:
        words = _comment(section.words) if section.words else ""
        blocks.append(words + yaml.safe_dump({section.name: section.settings}, sort_keys=False, allow_unicode=True))
    text = "\n".join(blocks)
    check.check(yaml.safe_load(text), "init")
    return text


def settings_of(sections: Sequence[Section]) -> Settings:
    """Return the complete settings of the `sections`."""
    return check.check({section.name: json.loads(json.dumps(section.settings)) for section in sections}, "init")


def _index(catalogue: Index, dataset: Settings, cores: int) -> Section:
    videos, bad = len(catalogue.videos), len(catalogue.bad)
    at_once = max(1, cores // 2)
    shards = min(videos, 9999, max(at_once, math.ceil(videos / VIDEOS_A_SHARD)))
    settings: Settings = {"shards": shards}
    words = f"{counted(shards, 'job')} for each stage of the videos; {min(at_once, shards)} at once here."
    if "splits" not in dataset:
        settings |= {"group_pattern": "auto", "test_fraction": 0.3, "seed": 0}
        words += f" The recordings are told by {catalogue.account.grouping.rule}, and none is in both subsets."
    if bad > 0.05 * (videos + bad):
        settings["max_bad"] = math.ceil(100 * bad / (videos + bad)) / 100
        words += f" {bad} of {videos + bad} videos {are(bad)} bad, more than the usual share: max_bad admits them."
    return Section("index", settings, words)


def _validation(catalogue: Index) -> Section:
    recordings = catalogue.recordings("train") / len(catalogue.class_names)
    if recordings < FEW_RECORDINGS:
        words = "So few recordings are better trained on: the last epoch is the result. `group` holds some out."
        return Section("validation", {"by": "none"}, words)
    words = "Some training recordings are held out, on which the best epoch is chosen."
    return Section("validation", {"by": "group"}, words)


def _streams(catalogue: Index, side: int) -> Section:
    trained = len(catalogue.subset("train"))
    network = NETWORKS[side] | {"batch": max(2, min(NETWORKS[side]["batch"], trained))}
    stack = max(1, min(10, int(median(video.frames for video in catalogue.videos)) - 1))
    streams = {
        "spatial": {"modality": "rgb", "stack": 1} | network,
        "temporal": {"modality": "flow", "stack": stack} | network,
    }
    words = "A network sees single frames, another one stacks of optical flow; their scores are fused."
    return Section("streams", streams, words)


def _comment(line: str) -> str:
    """Return `line` as lines of comment; what is indented stays in one line."""
    texts = [line] if line.startswith(" ") else textwrap.wrap(printable(line), WIDTH) or [""]
    return "".join(f"# {text}".rstrip() + "\n" for text in texts)
