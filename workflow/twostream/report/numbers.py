"""The report: one page that opens from disk, and the same numbers as JSON."""

import csv
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from twostream.cache import costs, provenance
from twostream.cache.costs import Reuse
from twostream.cache.provenance import Stage
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.report import examples, page, sections
from twostream.videos import index
from twostream.videos.index import Index, Video

Page = dict[str, Any]
Pictures = Mapping[str, Mapping[str, Any]]
"""Strips by video and modality."""

BINS = 20
CODE = Path(__file__).parents[3]


@dataclass(frozen=True)
class Sources:
    """Where the report's numbers stand. What is not given has no section in it."""

    fusion: Path
    index: Path | None = None
    config: Path | None = None
    histories: Mapping[str, Path] = field(default_factory=dict)
    logits: Mapping[str, Path] = field(default_factory=dict)
    device: str = ""

    @cached_property
    def stages(self) -> list[Stage]:
        """All that the fusion rests on."""
        return provenance.lineage(self.fusion)


def collect(sources: Sources, title: str, count: int = 0) -> Page:
    """Everything the report tells, as plain data, with `count` examples of videos rescued and as many of lost ones.

    `streams` has a row a stream and `fusion` a row a candidate, the reported one first.
    """
    found = atomic.read_json(sources.fusion)
    return {
        "title": title,
        **found,
        "pictured": _pictured(sources.logits, found, count),
        "training": {name: _table(file) for name, file in sources.histories.items()},
        "videos": _videos(index.read(sources.index)) if sources.index else None,
        "costs": [asdict(cost) for cost in costs.measure(sources.stages)],
        "stages": [asdict(stage) | {"outputs": []} for stage in sources.stages],
        "config": atomic.read_json(sources.config) if sources.config else None,
        "made_by": made_by(sources.device),
    }


def made_by(device: str = "") -> dict[str, str]:
    """What the page was made by, in words."""
    machine = f"{platform.system()} {platform.machine()}"
    return {"commit": _commit(), "device": device, "machine of this page": machine}


def render(
    numbers: Page, pictures: Pictures | None = None, colour_key: str = "", reuse: Mapping[str, Reuse] | None = None
) -> str:
    """The page as HTML; whatever stands in it is escaped.

    Pictures, and what a run took from the cache, are on the page alone: the numbers are the same for all runs.
    """
    content = {
        "title": numbers["title"],
        "answer": sections.answer(numbers),
        "fusion": sections.fusion(numbers),
        "weights": sections.weights(numbers),
        "classes": sections.classes(numbers),
        "confusion": sections.confusion(numbers),
        "examples": sections.examples(numbers),
        "training": sections.training(numbers),
        "calibration": sections.calibration(numbers),
        "videos": sections.videos(numbers),
        "costs": sections.costs(numbers, reuse),
        "made_from": sections.made_from(numbers),
        "pictures": pictures or {},
        "colour_key": colour_key,
    }
    return page.render("report.html", content)


def render_mean(numbers: Page) -> str:
    """The page of several runs' mean."""
    return page.render("mean.html", {"title": numbers["title"], "mean": sections.mean(numbers)})


def shown(numbers: Page) -> list[str]:
    """The videos that the page has pictures of."""
    samples = numbers["videos"]["samples"] if numbers["videos"] else []
    return list(dict.fromkeys([*(example["video"] for example in numbers["pictured"]), *samples]))


def _pictured(files: Mapping[str, Path], found: Page, count: int) -> list[dict[str, Any]]:
    if not files or not count:
        return []
    streams = {name: logits_file.read(file) for name, file in files.items()}
    return [asdict(example) for example in examples.choose(found["examples"], streams, count)]


def _videos(made: Index) -> dict[str, Any]:
    """The data set in numbers: by class, by length, and what was left out."""
    lengths = [video.frames for video in made.videos]
    width = -(-(max(lengths) + 1 - min(lengths)) // BINS)
    counts, edges = np.histogram(lengths, np.arange(min(lengths), max(lengths) + width + 1, width))
    bins = zip(edges[:-1], edges[1:], counts, strict=True)
    members: list[list[Video]] = [[] for _ in made.class_names]
    for video in made.videos:
        members[video.label].append(video)
    return {
        "classes": len(made.class_names),
        "train": len(made.subset("train")),
        "test": len(made.subset("test")),
        "groups": len({video.group for video in made.videos}),
        "frames": sum(lengths),
        "unlisted": made.unlisted,
        "bad": [asdict(video) for video in made.bad],
        "by_class": [_class(name, of) for name, of in zip(made.class_names, members, strict=True)],
        "lengths": [{"first": int(a), "last": int(b) - 1, "videos": int(n)} for a, b, n in bins],
        "samples": _samples(members),
    }


def _class(name: str, members: Sequence[Video]) -> dict[str, Any]:
    lengths = [video.frames for video in members] or [0]
    sides = {side: sum(video.subset == side for video in members) for side in ("train", "test")}
    return {
        "class_name": name,
        **sides,
        "shortest": min(lengths),
        "median": float(np.median(lengths)),
        "longest": max(lengths),
    }


def _samples(members: Sequence[Sequence[Video]], count: int = 3) -> list[str]:
    """A video of each of `count` classes, spread over all of them."""
    chosen = np.linspace(0, len(members) - 1, min(count, len(members))).round().astype(int)
    return [members[label][0].id for label in chosen if members[label]]


def _commit() -> str:
    """The commit of this workflow's code, marked where the code differs from it; empty where there is none."""
    try:
        asked = [["git", "-C", str(CODE), *rest] for rest in (["rev-parse", "HEAD"], ["status", "--porcelain", "-uno"])]
        head, changes = (subprocess.run(one, capture_output=True, text=True, check=False) for one in asked)
    except OSError:
        return ""
    return head.stdout.strip() + (", changed since" if changes.stdout.strip() else "") if not head.returncode else ""


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
