"""Something-Something: train.json and validation.json of videos, labels.json of classes; files are called ID.webm.

labels.json gives each class its number: {"Holding something": "0"}. A video has the id, and the `template` of its
class, with [brackets] around what stands for an object (Goyal et al., "The 'something something' video database",
2017).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twostream.errors import InputError
from twostream.text import counted
from twostream.videos import names
from twostream.videos.formats import table
from twostream.videos.formats.rows import TRAIN, VALIDATION, Row

FILE = re.compile(r"(?:.*[-_])?(labels|train|validation|test)\.json", re.IGNORECASE)
"""The name of one of its files, something-something-v2-train.json or train.json; test.json has no labels."""
OF_SUBSET = {TRAIN: "train", VALIDATION: "validation"}


def files(folder: Path) -> dict[str, Path]:
    """Return the files of `folder` by their part, labels, train and validation; empty where one is missing."""
    try:
        matches = {match[1].lower(): path for path in sorted(folder.iterdir()) if (match := FILE.fullmatch(path.name))}
    except OSError:
        return {}
    wanted = {part: matches[part] for part in ("labels", "train", "validation") if part in matches}
    return wanted if len(wanted) == 3 else {}


def read_classes(file: Path) -> list[str]:
    """Return the names of the classes in labels.json, in the order of their numbers."""
    stored = _json(file)
    if not isinstance(stored, dict) or not stored:
        raise InputError(file, "is no mapping of classes to numbers", 'make it one, as {"Holding something": "0"}')
    numbers = {names.composed(name): _number(file, name, number) for name, number in stored.items()}
    if sorted(numbers.values()) != list(range(len(stored))):
        raise InputError(file, f"does not number its {counted(len(stored), 'class')} from 0 on", "mend it")
    return sorted(numbers, key=lambda name: numbers[name])


def _number(file: Path, name: str, number: Any) -> int:
    """Return the number of the class `name`; InputError where it is none, as 0.7 or true."""
    if isinstance(number, bool) or not re.fullmatch("[0-9]{1,9}", str(number)):
        problem = f"gives the class `{table.quote(name)}` the number `{table.quote(str(number))}`"
        raise InputError(file, problem, "set it to a whole number, from 0")
    return int(number)


def read(parts: dict[str, Path], class_names: list[str]) -> Iterator[Row]:
    """Yield the videos of train.json and validation.json; `path` is the name of a file without its suffix."""
    names_of_classes = frozenset(class_names)
    for subset, part in OF_SUBSET.items():
        stored = _json(parts[part])
        if not isinstance(stored, list):
            raise InputError(parts[part], "is no list of videos", "make it one")
        for number, video in enumerate(stored, 1):
            yield _row(f"{parts[part]}, video {number}", video, subset, names_of_classes)


def _row(where: str, video: Any, subset: str, names_of_classes: frozenset[str]) -> Row:
    if not isinstance(video, dict) or type(video.get("id")) not in (str, int):
        raise InputError(where, "has no id", "add it")
    id = str(video["id"])
    if not re.fullmatch(r"[\w-]{1,100}", id):
        raise InputError(where, f"`{table.quote(id)}` is no id of a video", "mend it")
    text = video.get("template", video.get("label"))
    if not isinstance(text, str):
        raise InputError(where, f"{id} has neither a template nor a label", "add one")
    label = names.composed(re.sub(r"[\[\]]", "", text))
    if label not in names_of_classes:
        raise InputError(where, f"the class of {id}, `{table.quote(label)}`, is not in labels.json", "add it there")
    return Row(where=where, path=id, label=label, subset=subset)


def _json(file: Path) -> Any:
    try:
        return json.loads(table.read_text(file))
    except (ValueError, RecursionError) as error:
        raise InputError(file, f"is no JSON ({table.quote(str(error))})", "mend it") from error
