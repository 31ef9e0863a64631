"""Trained networks as files of ours; nothing in a file is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from twostream import selected_on
from twostream.errors import RERUN, InputError
from twostream.files import atomic
from twostream.streams.design import Design
from twostream.streams.network import build_network


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A trained stream: its design, its classes, its weights, and how its epoch was chosen.

    `chosen_on` is one of `selected_on.EPOCH_SELECTED_ON`; `validation` has the ids of the training videos that were
    held out to choose the epoch on.
    """

    design: Design
    size: int
    class_names: tuple[str, ...]
    network: nn.Module
    chosen_on: str
    validation: tuple[str, ...] = ()


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint, as plain values and tensors."""
    stored = {
        "design": vars(checkpoint.design),
        "size": checkpoint.size,
        "class_names": list(checkpoint.class_names),
        "state_dict": checkpoint.network.state_dict(),
        "chosen_on": checkpoint.chosen_on,
        "validation": list(checkpoint.validation),
    }
    with atomic.replacing(path) as beside:
        torch.save(stored, beside)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read the checkpoint of ours at `path`, onto the CPU."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        return _from_stored(stored)
    except Exception as error:  # whatever torch.load says of a file that is no checkpoint
        raise InputError(
            path, f"not a checkpoint of ours ({type(error).__name__})", f"give a whole one, or move it away and {RERUN}"
        ) from error


def _from_stored(stored: Mapping[str, Any]) -> Checkpoint:
    design = Design(**{**stored["design"], "pretrained": "none"})  # The weights that follow replace any.
    network = build_network(design, len(stored["class_names"]))
    network.load_state_dict(stored["state_dict"])
    return Checkpoint(
        design=design,
        size=stored["size"],
        class_names=tuple(stored["class_names"]),
        network=network.eval(),
        chosen_on=stored.get("chosen_on", selected_on.UNKNOWN),  # Earlier versions did not say.
        validation=tuple(stored["validation"]),
    )
