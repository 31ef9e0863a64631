"""What a model's file looks like, and what a fixed model says of a fixed video: names and numbers."""

from pathlib import Path
from typing import Any

from support.models import small_model
from support.videos import encode, moving_dots
from twostream.predict import container, model, stored, videos
from twostream.predict.videos import Options


def of_file(folder: Path) -> dict[str, Any]:
    """The members of the file of a small model, and the names in its head but for settings, which have defaults."""
    content = container.read(_saved(folder))
    head = {name: value for name, value in content.head.items() if name != "settings"}
    return {"members": " ".join(content.members), "head": " ".join(_names(head))}


def of_answers(folder: Path) -> dict[str, Any]:
    """The names in the answers for a video, and the probability of each class, fused and by stream."""
    video, file = encode(folder / "a.avi", moving_dots(20)), _saved(folder)
    loaded = model.load(file)
    answers = stored.to_json(list(videos.videos([video], loaded, Options(device="cpu"))), loaded, file)
    (answer,) = answers["answers"]
    probabilities = {"fused": answer["probabilities"], **answer["streams"]}
    numbers = {f"{name} {n}": value for name, values in probabilities.items() for n, value in enumerate(values)}
    return {"names": " ".join(_names(answers))} | numbers


def _saved(folder: Path) -> Path:
    model.save(folder / "small.twostream", small_model())
    return folder / "small.twostream"


def _names(value: Any, name: str = "") -> list[str]:
    """The names in a mapping and the kind of each value; of a list, what its first item is."""
    if isinstance(value, dict):
        return sorted(each for part, item in value.items() for each in _names(item, f"{name}/{part}"))
    if isinstance(value, list) and value:
        return _names(value[0], f"{name}/0")
    return [f"{name}:{type(value).__name__}"]
