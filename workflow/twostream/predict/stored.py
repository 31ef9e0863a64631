"""Answers of a shard as a file of the cache, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twostream.predict.answers import Answer, Failure
from twostream.predict.model import Model


@dataclass(frozen=True)
class StoredAnswers:
    """Results, the classes in the order of their probabilities, and what the model is."""

    results: list[Answer | Failure]
    class_names: tuple[str, ...]
    model: Mapping[str, Any]


def describe(model: Model, file: Path) -> dict[str, Any]:
    """Return what is said of the `model` that was read from `file`, beside its answers."""
    return {"file": str(file), "digest": model.digest, **model.provenance}


def to_json(results: list[Answer | Failure], model: Model, file: Path) -> dict[str, Any]:
    """Return the results with all digits."""
    return {
        "class_names": list(model.class_names),
        "model": describe(model, file),
        "answers": [_values(each) for each in results if isinstance(each, Answer)],
        "failures": [vars(each) for each in results if isinstance(each, Failure)],
    }


def from_json(stored: Mapping[str, Any]) -> StoredAnswers:
    """Return what `to_json` took apart."""
    answers: list[Answer | Failure] = [
        Answer(
            **each
            | {
                "probabilities": np.array(each["probabilities"]),
                "streams": {name: np.array(values) for name, values in each["streams"].items()},
                "trained_on": tuple(each["trained_on"]),
            }
        )
        for each in stored["answers"]
    ]
    failures = [Failure(**each) for each in stored["failures"]]
    return StoredAnswers([*answers, *failures], tuple(stored["class_names"]), stored["model"])


def _values(answer: Answer) -> dict[str, Any]:
    streams = {name: values.tolist() for name, values in answer.streams.items()}
    return {
        **vars(answer),
        "probabilities": answer.probabilities.tolist(),
        "streams": streams,
        "trained_on": list(answer.trained_on),
    }
