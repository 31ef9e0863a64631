"""Trained networks as files of ours; nothing in a file is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from twostream import selected_on
from twostream.compute import torch_file
from twostream.config import check
from twostream.errors import RERUN, InputError
from twostream.files import atomic
from twostream.streams import weights
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.training_record import TrainingRecord


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A trained stream: its design, its classes, its weights, and how its epoch was chosen.

    `chosen_on` is one of `selected_on.EPOCH_SELECTED_ON`; `validation` has the ids of the training videos that were
    held out to choose the epoch on. `record` says what it was trained on; None where nobody wrote that down.
    """

    design: Design
    size: int
    class_names: tuple[str, ...]
    network: nn.Module
    chosen_on: str
    validation: tuple[str, ...] = ()
    record: TrainingRecord | None = None


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint, as plain values and tensors."""
    with atomic.replacing(path) as beside:
        torch.save(to_stored(checkpoint), beside)


def to_stored(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the checkpoint as plain values and, as `state_dict`, tensors."""
    return {
        "design": vars(checkpoint.design),
        "size": checkpoint.size,
        "class_names": list(checkpoint.class_names),
        "state_dict": checkpoint.network.state_dict(),
        "chosen_on": checkpoint.chosen_on,
        "validation": list(checkpoint.validation),
        "trained_on": checkpoint.record.to_plain() if checkpoint.record else None,
    }


def load_checkpoint(path: Path) -> Checkpoint:
    """Read the checkpoint of ours at `path`, onto the CPU; InputError where it is none, or holds what none can."""
    try:
        stored = torch_file.load(path)
        return from_stored(stored, path)
    except InputError:
        raise
    except Exception as error:  # whatever torch.load says of a file that is no checkpoint
        raise InputError(
            path, f"not a checkpoint of ours ({type(error).__name__})", f"give a whole one, or move it away and {RERUN}"
        ) from error


def record_of(path: Path) -> TrainingRecord | None:
    """Return what the network in the file `path` was trained on; None where it is no checkpoint of ours."""
    stored = weights.stored_checkpoint(path)
    try:
        return TrainingRecord.from_plain(stored.get("trained_on")) if stored else None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"what it was trained on is of another form ({type(error).__name__})"
        raise InputError(path, problem, "choose another file of weights") from error


def from_stored(stored: Mapping[str, Any], path: object) -> Checkpoint:
    """Return the checkpoint of what `to_stored` returned; `path` names its source in an InputError.

    What is of another form raises whatever reading it does.
    """
    design = Design(**{**stored["design"], "pretrained": "none"})  # The weights that follow replace any.
    settings = {name: value for name, value in vars(design).items() if name != "pretrained"}
    check.check_some("streams", settings | {"size": stored["size"]}, str(path))
    chosen_on = stored.get("chosen_on", selected_on.UNKNOWN)  # Earlier versions did not say.
    _check_words(stored["class_names"], stored["validation"])
    if chosen_on not in selected_on.EPOCH_SELECTED_ON:
        words = ", ".join(selected_on.EPOCH_SELECTED_ON)
        raise InputError(path, f"chosen_on is `{chosen_on!r:.80}`", f"set it to one of {words}")
    network = build_network(design, len(stored["class_names"]))
    weights.fill(network, stored["state_dict"], path)
    return Checkpoint(
        design=design,
        size=stored["size"],
        class_names=tuple(stored["class_names"]),
        network=network.eval(),
        chosen_on=chosen_on,
        validation=tuple(stored["validation"]),
        record=TrainingRecord.from_plain(stored.get("trained_on")),
    )


def _check_words(*lists: Any) -> None:
    """Raise TypeError where one of `lists` is no list of texts."""
    if not all(isinstance(words, list) and all(isinstance(word, str) for word in words) for words in lists):
        raise TypeError("the names of classes or of videos are no texts")
