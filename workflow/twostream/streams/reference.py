"""Checkpoints from elsewhere: ours, or those of the reference system; nothing in a file is run.

The reference is the two-stream ResNet code whose numbers this project reproduces. Its checkpoints hold `epoch`,
`state_dict`, `best_prec1` and `optimizer`; its first convolution expects the pairs of a stack in the order
2, 3, ..., 10, 1; its flow is scaled to 0..1 and no more; its best epoch is the best on the test videos.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from twostream import selected_on
from twostream.compute import torch_file
from twostream.errors import InputError
from twostream.streams.checkpoint import Checkpoint, load_checkpoint
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.weights import fill
from twostream.text import counted

REFERENCE_SIZE = 224
"""Side of the input, in pixels."""
RESNETS = {
    (2, False): "resnet18",
    (6, False): "resnet34",
    (6, True): "resnet50",
    (23, True): "resnet101",
    (36, True): "resnet152",
}
"""Architectures by the number of blocks in their third layer, and whether these are bottlenecks."""
NUMPY_NUMBERS: list[Any] = [
    np.dtype,
    *{type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)},
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    (np.float64(0).__reduce__()[0], "numpy._core.multiarray.scalar"),
]
"""What unpickles a NumPy number, as `best_prec1` may be, in files of NumPy 1 and 2."""
OUR_NAMES = {"conv1_custom": "conv1", "fc_custom": "fc.1"}
"""Our names of the layers that the reference calls otherwise; our classifier stands behind dropout."""
MOST_CHANNELS = 128
"""Of the longest stack of flow that a setting allows."""
CHOOSE_ANOTHER = "choose a checkpoint of ours or of the reference system"


def load_any(path: Path, class_names: tuple[str, ...]) -> Checkpoint:
    """Read the checkpoint at `path`, ours or the reference's.

    InputError where its classes are not `class_names`.
    """
    stored = _read(path)
    if "design" not in stored:
        return _from_reference(path, stored, class_names)
    checkpoint = load_checkpoint(path)
    if checkpoint.class_names != class_names:
        raise InputError(
            path, "its classes are not those of the data set", "choose the data set that it was trained on"
        )
    return checkpoint


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(path, "there is no such file", CHOOSE_ANOTHER)
    try:
        with torch.serialization.safe_globals(NUMPY_NUMBERS):
            stored = torch_file.load(path)
    except InputError:
        raise
    except Exception as error:  # whatever torch.load says
        raise InputError(
            path,
            f"not a checkpoint that can be read without running what is in it ({type(error).__name__})",
            "choose a file that torch.save wrote, of plain values and tensors",
        ) from error
    if not isinstance(stored, dict) or not isinstance(stored.get("state_dict"), Mapping):
        raise InputError(path, "it holds no `state_dict`", CHOOSE_ANOTHER)
    return stored


def _from_reference(path: Path, stored: dict[str, Any], class_names: tuple[str, ...]) -> Checkpoint:
    """Return the reference's network as one of ours: names and order of channels changed, the numbers not."""
    try:
        weights = {_our_name(name.removeprefix("module.")): value for name, value in stored["state_dict"].items()}
        design = _design(weights)
        classes = len(weights["fc.1.bias"])
    except (KeyError, AttributeError, TypeError, IndexError, ValueError) as error:
        problem = f"not the weights of a ResNet of the reference: {_first_line(error)} is missing or odd"
        raise InputError(path, problem, CHOOSE_ANOTHER) from error
    if classes != len(class_names):
        raise InputError(
            path,
            f"it has {counted(classes, 'class')}, and the data set has {len(class_names)}",
            "choose the data set that it was trained on",
        )
    network = build_network(design, classes)
    if design.modality == "flow":
        weights["conv1.weight"] = _in_our_order(weights["conv1.weight"])
    try:
        fill(network, weights, path)
    except RuntimeError as error:
        problem = f"its weights do not fit a {design.architecture}: {_first_line(error)}"
        raise InputError(path, problem, CHOOSE_ANOTHER) from error
    return Checkpoint(
        design=design, size=REFERENCE_SIZE, class_names=class_names, network=network.eval(), chosen_on=selected_on.TEST
    )


def _design(weights: Mapping[str, Tensor]) -> Design:
    blocks = len({name.split(".")[1] for name in weights if name.startswith("layer3.")})
    architecture = RESNETS[blocks, "layer3.0.conv3.weight" in weights]
    channels = weights["conv1.weight"].shape[1]
    if not 2 <= channels <= MOST_CHANNELS:
        raise ValueError(f"a first convolution of {channels} channels")
    is_rgb = channels == 3
    return Design(
        architecture=architecture,
        modality="rgb" if is_rgb else "flow",
        stack=1 if is_rgb else channels // 2,
        dropout=0.0,
        pretrained="none",
        scaling="centred" if is_rgb else "bytes",
    )


def _in_our_order(weight: Tensor) -> Tensor:
    """Return the first convolution's weight (out, 2L, k, k) for pairs 1, 2, ..., L instead of 2, ..., L, 1."""
    return weight.roll(2, dims=1)


def _our_name(name: str) -> str:
    layer, _, rest = name.partition(".")
    return f"{OUR_NAMES.get(layer, layer)}.{rest}"


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
