"""The report: one page that opens from disk, and the same numbers as JSON."""

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from twostream import index, provenance, text

TEMPLATES = Path(__file__).parents[1] / "report"

Page = dict[str, Any]


def collect(fusion_file: Path, index_file: Path, histories: Mapping[str, Path], settings: dict[str, Any]) -> Page:
    """Everything the report tells, as plain data.

    `streams` has a row a stream and `fusion` a row a candidate, the reported one first.
    """
    found = json.loads(fusion_file.read_text(encoding="utf-8"))
    made = index.read(index_file)
    return {
        "title": settings["title"],
        **found,
        "videos": {
            "classes": len(made.class_names),
            "train": len(made.side("train")),
            "test": len(made.side("test")),
            "unlisted": made.unlisted,
            "bad": [asdict(video) for video in made.bad],
        },
        "training": {name: _table(file) for name, file in histories.items()},
        "stages": [asdict(stage) for stage in provenance.lineage(fusion_file)],
    }


def render(page: Page) -> str:
    """The page as HTML; whatever stands in it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"size": text.size, "duration": text.duration, "params": _params}
    return environment.get_template("report.html").render(page)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _params(row: dict[str, Any]) -> str:
    """A candidate's parameters in a few words."""
    params = row["params"]
    if "weights" in params:
        return " : ".join(f"{weight:g}" for weight in params["weights"].values())
    choices = params.get("chosen", [])
    return "; ".join(f"{_params({'params': choice})} ({choice['groups']} groups)" for choice in choices[:3])
