"""Trained networks as files, ours and those of the reference system; nothing in a file is run.

The reference is the two-stream ResNet code whose numbers this project reproduces. Its checkpoints hold `epoch`,
`state_dict`, `best_prec1` and `optimizer`; its first convolution expects the pairs of a stack in the order
2, 3, ..., 10, 1; its flow is scaled to 0..1 and no more; its best epoch is the best on the test videos.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from twostream import selected_on
from twostream.errors import InputError
from twostream.files import atomic
from twostream.streams import network as streams

REFERENCE_SIZE = 224
RESNETS = {
    (2, False): "resnet18",
    (6, False): "resnet34",
    (6, True): "resnet50",
    (23, True): "resnet101",
    (36, True): "resnet152",
}
"""By the blocks of their third layer, and whether these are bottlenecks."""
NUMPY_NUMBERS: list[Any] = [
    np.dtype,
    *{type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)},
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    (np.float64(0).__reduce__()[0], "numpy._core.multiarray.scalar"),
]
"""What a number of NumPy's is put together by, as `best_prec1` may be, in files of NumPy 1 and 2."""
OUR_NAMES = {"conv1_custom": "conv1", "fc_custom": "fc.1"}
"""Of the layers that the reference calls otherwise. Ours has the classifier behind dropout."""


@dataclass(frozen=True)
class Checkpoint:
    """A trained stream: what it is and tells apart; what its epoch was chosen on, and the held-out videos if on them.

    `chosen_on` is one of `selected_on.EPOCH_SELECTED_ON`.
    """

    design: streams.Design
    size: int
    class_names: tuple[str, ...]
    network: nn.Module
    chosen_on: str
    validation: tuple[str, ...] = ()


def save(path: Path, checkpoint: Checkpoint) -> None:
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


def load(path: Path) -> Checkpoint:
    """The checkpoint of ours at `path`, on the CPU."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        design = streams.Design(**{**stored["design"], "pretrained": "none"})
        network = streams.build(design, len(stored["class_names"]))
        network.load_state_dict(stored["state_dict"])
        names, validation = tuple(stored["class_names"]), tuple(stored["validation"])
        chosen_on = stored.get("chosen_on", selected_on.UNKNOWN)  # Earlier versions did not say.
        return Checkpoint(design, stored["size"], names, network.eval(), chosen_on, validation)
    except Exception as error:  # whatever torch.load says of a file that is no checkpoint
        raise InputError(f"{path}: not a checkpoint of ours ({type(error).__name__}): delete it, run again") from error


def load_any(path: Path, class_names: tuple[str, ...]) -> Checkpoint:
    """The checkpoint at `path`, ours or the reference's; InputError where it does not tell `class_names` apart."""
    stored = _read(path)
    if "design" in stored:
        found = load(path)
        if found.class_names != class_names:
            raise InputError(f"{path}: its classes are not those of the data set: give the data set it was trained on")
        return found
    return _reference(path, stored, class_names)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file: give a checkpoint of ours or of the reference system")
    try:
        with torch.serialization.safe_globals(NUMPY_NUMBERS):
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever torch.load says
        raise InputError(
            f"{path}: not a checkpoint that can be read without running what is in it ({type(error).__name__}): "
            "give a file that torch.save wrote, of plain values and tensors"
        ) from error
    if not isinstance(stored, dict) or not isinstance(stored.get("state_dict"), Mapping):
        raise InputError(f"{path}: it holds no `state_dict`: give a checkpoint of ours or of the reference system")
    return stored


def _reference(path: Path, stored: dict[str, Any], class_names: tuple[str, ...]) -> Checkpoint:
    """The reference's network as one of ours: names and the order of channels changed, the numbers not."""
    try:
        weights = {_renamed(name.removeprefix("module.")): value for name, value in stored["state_dict"].items()}
        design = _design(weights)
        classes = len(weights["fc.1.bias"])
    except (KeyError, AttributeError) as error:
        raise InputError(f"{path}: not the weights of a ResNet of the reference: {error} is missing or odd") from error
    if classes != len(class_names):
        raise InputError(f"{path}: it tells {classes} classes apart, and the data set has {len(class_names)}")
    network = streams.build(design, classes)
    if design.modality == "flow":
        weights["conv1.weight"] = _in_order(weights["conv1.weight"])
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(f"{path}: its weights do not fit a {design.architecture}: {_first_line(error)}") from error
    return Checkpoint(design, REFERENCE_SIZE, class_names, network.eval(), "test")


def _design(weights: Mapping[str, Tensor]) -> streams.Design:
    blocks = len({name.split(".")[1] for name in weights if name.startswith("layer3.")})
    architecture = RESNETS[blocks, "layer3.0.conv3.weight" in weights]
    channels = weights["conv1.weight"].shape[1]
    if channels == 3:
        return streams.Design(architecture, "rgb", 1, 0.0, "none", "centred")
    return streams.Design(architecture, "flow", channels // 2, 0.0, "none", "bytes")


def _in_order(weight: Tensor) -> Tensor:
    """The first convolution's weight (out, 2L, k, k) for pairs in the order 1, 2, ..., L instead of 2, ..., L, 1."""
    return weight.roll(2, dims=1)


def _renamed(name: str) -> str:
    layer, _, rest = name.partition(".")
    return f"{OUR_NAMES.get(layer, layer)}.{rest}"


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
