"""The weights that a network starts from: torchvision's, of ImageNet, or those of a file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from twostream.cache import keys
from twostream.compute import torch_file
from twostream.errors import InputError
from twostream.streams import imagenet, imagenet_files
from twostream.text import printable

OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)")
"""The published weights of DenseNets call layers norm.1 that torchvision's networks call norm1."""


def load_pretrained(network: nn.Module, architecture: str, pretrained: str) -> None:
    """Fill torchvision's `network` with the weights that `pretrained` names: imagenet, imagenet_v1 or a file."""
    file = imagenet_file(architecture, pretrained) if pretrained in imagenet.NAMES else Path(pretrained)
    if not file.is_file():
        raise InputError(
            f"pretrained: {file}", "is not a file", "set it to a file of weights, `imagenet`, `imagenet_v1` or `none`"
        )
    try:
        weights = {OLD_DENSENET.sub(r"\1", layer): value for layer, value in torch_file.load(file).items()}
        fill(network, weights, f"pretrained: {file}")
    except InputError:
        raise
    except Exception as error:  # whatever torch says of a file that does not hold them
        raise InputError(
            f"pretrained: {file}",
            f"does not hold torchvision's weights of {architecture} ({type(error).__name__})",
            "make it with torch.save(network.state_dict(), file)",
        ) from error


def stored_checkpoint(pretrained: str | Path) -> dict[str, Any] | None:
    """Return what the file `pretrained` holds where that is a checkpoint of ours, `model.pt`; else None."""
    if pretrained in ("none", *imagenet.NAMES) or not Path(pretrained).is_file():
        return None
    try:
        stored = torch_file.load(Path(pretrained))
    except Exception:  # whatever torch says of a file that it cannot read: `load_pretrained` says it
        return None
    is_ours = isinstance(stored, dict) and isinstance(stored.get("state_dict"), Mapping) and "design" in stored
    return stored if is_ours else None


def adopt(network: nn.Module, classifier: str, stored: Mapping[str, Any], source: str) -> None:
    """Fill our `network` with the weights of a checkpoint of ours, but for a `classifier` of other classes.

    InputError where they are of another architecture, or see other stacks.
    """
    own, weights = network.state_dict(), stored["state_dict"]
    is_other = {name for name in own if name.startswith(f"{classifier}.") and _shape(weights, name) != own[name].shape}
    try:
        fill(network, {**weights, **{name: own[name] for name in is_other}}, f"pretrained: {source}")
    except RuntimeError as error:
        was = str(stored["design"].get("architecture"))
        problem = f"holds the weights of another network ({was:.60})"
        remedy = "set the stream's architecture to that, or choose other weights"
        raise InputError(f"pretrained: {source}", problem, remedy) from error


def _shape(weights: Mapping[str, Any], name: str) -> object:
    return getattr(weights.get(name), "shape", None)


def fill(network: nn.Module, weights: Mapping[str, Any], source: object) -> None:
    """Load `weights` into `network`; InputError, which names their `source`, where one cannot have been trained.

    RuntimeError where they are of another network.
    """
    own = network.state_dict()
    for name, value in weights.items():
        if name in own and isinstance(value, Tensor):
            kinds = [(each.is_floating_point(), each.is_complex()) for each in (value, own[name])]
            if kinds[0] != kinds[1] or value.shape != own[name].shape:
                problem = f"{printable(name)} is {value.dtype} of shape {tuple(value.shape)}"
                raise InputError(source, problem, f"give {own[name].dtype} of shape {tuple(own[name].shape)}")
            if not value.isfinite().all():
                raise InputError(source, f"{printable(name)} is not finite", "give weights that are finite numbers")
    network.load_state_dict(weights)


def imagenet_file(architecture: str, version: str) -> Path:
    """Return the file of torchvision's ImageNet weights, verified; download it if it is not there.

    Torchvision's own function would unpickle, and so run, whatever a file of that name holds.
    """
    file, digest = imagenet_files.fetch(architecture, version), imagenet.digest(architecture, version)
    if not keys.file_digest(file, 64).startswith(digest):
        raise InputError(file, f"is not the file of that name: its SHA-256 does not begin with {digest}", "delete it")
    return file
