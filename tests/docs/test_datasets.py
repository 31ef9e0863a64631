"""The examples of docs/datasets.md are what a user sees: their files, settings, and what the log says."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from twostream.config import check
from twostream.videos import listing
from twostream.videos.formats import detection, reading

PAGE = Path(__file__).parents[2] / "docs" / "datasets.md"
FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    """Videos, other files with their text, settings, and what the log says of them."""

    videos: list[str]
    texts: dict[str, str] = field(default_factory=dict)
    settings: str = "dataset: {folder: set}"
    log: str = ""


def examples() -> list[Example]:
    found: list[Example] = []
    for kind, name, text in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "files":
            found.append(Example(text.split()))
        elif kind == "yaml":
            found[-1].settings = text
        elif kind == "log":
            found[-1].log = text.strip()
        else:
            found[-1].texts[name] = text
    return found


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.log.split(",")[0])
def test_the_data_set_is_taken_for_what_the_page_says_and_every_video_is_used(tmp_path, monkeypatch, example):
    for file, text in (*dict.fromkeys(example.videos, "\0").items(), *example.texts.items()):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = check.check(yaml.safe_load(example.settings))["dataset"]
    folder = Path(settings["folder"])
    form = detection.detect(folder, settings)
    assert str(form) == example.log
    files = listing.scan_all(folder, None, form.depth, reading.files(form, 1), form.pictures).files
    split = reading.read(form, folder, [file.id for file in files], 1)
    used = {split.file_of(id) for id in split.label_of} if split else {file.id for file in files}
    videos = {str(Path(file).parent) if form.pictures else file for file in example.videos}
    assert {f"set/{id}" for id in used} == videos


def test_every_form_has_an_example():
    forms = {example.log.split(",")[0] for example in examples()}
    assert forms == {"folder", "hmdb51", "csv", "kinetics", "something-something"}
