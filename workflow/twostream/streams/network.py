"""The networks: a torchvision classifier whose first convolution takes a stack instead of an image."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from twostream.config import sizes
from twostream.errors import InputError

FRAME_CHANNELS = {"rgb": 3, "rgb_diff": 3, "flow": 2}
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MEAN = {"rgb": IMAGENET_MEAN, "rgb_diff": (0.0,) * 3, "flow": (128 / 255,) * 2}
STD = {"rgb": IMAGENET_STD, "rgb_diff": (2 * 0.226,) * 3, "flow": (0.226,) * 2}
"""Flow is centred on zero motion, which is stored as 128, and scaled by ImageNet's mean deviation. A difference
of frames is scaled by twice that, as in Wang et al., "Temporal Segment Networks", 2016, and its code."""
RESIDUAL = ("resnet", "resnext", "wide_resnet")
IMAGENET = ("imagenet", "imagenet_v1")
OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)")
"""In the published weights of DenseNets, layers are called norm.1 that have since become norm1."""


@dataclass(frozen=True)
class Design:
    """One stream's network, as its section of the configuration describes it."""

    architecture: str
    modality: str
    stack: int
    dropout: float
    pretrained: str
    scaling: str = "centred"

    @property
    def frames(self) -> int:
        """Stored frames, or flow fields, that a stack is made of."""
        return self.stack + (self.modality == "rgb_diff")

    @property
    def channels(self) -> int:
        return FRAME_CHANNELS[self.modality] * self.stack


def build(design: Design, classes: int, zero_residuals: bool = True) -> nn.Module:
    """The network, its weights initialised: (batch, channels, height, width) -> (batch, classes).

    Drawn afresh, each residual block starts as the identity, unless `zero_residuals` is off: He et al., "Bag of
    Tricks", 2018, section 3.1. It would stay one where its batch normalisation is not trained.
    """
    network = _torchvision(design, zero_residuals)
    if design.channels != 3:
        widen(network, design.channels, afresh=design.pretrained == "none")
    name, classifier = _find(network, nn.Linear)[-1]
    network.set_submodule(
        name, nn.Sequential(nn.Dropout(design.dropout), nn.Linear(classifier.in_features, classes)), strict=True
    )
    return network


def widen(network: nn.Module, channels: int, afresh: bool = False) -> None:
    """Give the first convolution `channels` inputs, each with the mean of its filters over RGB.

    Cross-modality initialisation: Wang et al., "Temporal Segment Networks", 2016, section 3.2. With `afresh` there
    is nothing to keep, and the weights are drawn as He et al., 2015, have them.
    """
    name, rgb = first_convolution(network)
    wide = nn.Conv2d(
        channels,
        rgb.out_channels,
        rgb.kernel_size,  # type: ignore[arg-type]
        rgb.stride,  # type: ignore[arg-type]
        rgb.padding,  # type: ignore[arg-type]
        bias=rgb.bias is not None,
    )
    with torch.no_grad():
        if afresh:
            nn.init.kaiming_normal_(wide.weight, mode="fan_out", nonlinearity="relu")
        else:
            wide.weight.copy_(rgb.weight.mean(dim=1, keepdim=True).expand_as(wide.weight))
        if wide.bias is not None and rgb.bias is not None:
            wide.bias.copy_(rgb.bias)
    network.set_submodule(name, wide, strict=True)


def first_convolution(network: nn.Module) -> tuple[str, nn.Conv2d]:
    """The convolution that takes the image, and its name, whatever the architecture calls it."""
    return next((name, layer) for name, layer in _find(network, nn.Conv2d) if layer.in_channels == 3)


def set_training(network: nn.Module, partial_bn: bool) -> None:
    """Put the network in training mode; with `partial_bn` all batch normalisations but the first stay as they are.

    Wang et al., "Temporal Segment Networks", 2016, section 3.2: too few videos fit a batch to estimate them anew.
    """
    network.train()
    if partial_bn:
        for _, layer in _find(network, _BatchNorm)[1:]:
            layer.eval().requires_grad_(False)


def normalise(stacks: Tensor, design: Design) -> Tensor:
    """uint8 stacks (batch, frames x channels of a frame, height, width) as the float32 (batch, channels, ...) that
    the network takes: for rgb_diff the differences of consecutive frames, which are one fewer."""
    values = stacks.float().div_(255)  # In place: new memory takes longer to get than to fill.
    if design.modality == "rgb_diff":
        values = values[:, 3:] - values[:, :-3]
    if design.scaling == "bytes":
        return values
    mean, std = _statistics(design.modality, design.stack, stacks.device)
    return values.sub_(mean).div_(std)


@lru_cache(maxsize=8)
def _statistics(modality: str, stack: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Mean and deviation (channels, 1, 1); kept on the device, since copying them there would wait for it."""
    mean, std = (torch.tensor(values[modality] * stack, device=device).view(-1, 1, 1) for values in (MEAN, STD))
    return mean, std


def _find(network: nn.Module, kind: Any) -> list[tuple[str, Any]]:
    return [(name, layer) for name, layer in network.named_modules() if isinstance(layer, kind)]


def _torchvision(design: Design, zero_residuals: bool) -> nn.Module:
    name = design.architecture
    if design.pretrained == "none":
        start = {"zero_init_residual": zero_residuals} if name.startswith(RESIDUAL) else {}
        return torchvision.models.get_model(name, weights=None, **start)
    network = torchvision.models.get_model(name, weights=None)
    given = design.pretrained
    _fill(network, _imagenet_file(name, given) if given in IMAGENET else Path(given), name)
    return network


def _imagenet_file(name: str, version: str) -> Path:
    """The file of torchvision's ImageNet weights, its best or its first, downloaded if it is not there.

    Torchvision's own way to get them would run what a file holds that lies there already.
    """
    offered = torchvision.models.get_model_weights(name)
    # Some of a vision transformer's weights are made for larger images.
    side = sizes.fixed(name)
    fitting = [w for w in offered if not name.startswith("vit_") or w.meta["min_size"] == (side, side)]
    weights = offered.DEFAULT if version == "imagenet" and offered.DEFAULT in fitting else fitting[0]
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if file.is_file():
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    digest = file.stem.rpartition("-")[2]
    try:
        torch.hub.download_url_to_file(weights.url, str(file), hash_prefix=digest)
    except Exception as error:  # whatever torch, urllib and ssl say
        raise InputError(
            f"the ImageNet weights of {name} cannot be downloaded ({error}): get {weights.url} elsewhere and "
            f"put it at {file}, or set `pretrained` to the path of the file"
        ) from error
    return file


def _fill(network: nn.Module, file: Path, name: str) -> None:
    if not file.is_file():
        raise InputError(f"pretrained: {file} is not a file: give one of weights, `imagenet`, `imagenet_v1` or `none`")
    try:
        weights = torch.load(file, map_location="cpu", weights_only=True)
        network.load_state_dict({OLD_DENSENET.sub(r"\1", layer): value for layer, value in weights.items()})
    except Exception as error:  # whatever torch says of a file that does not hold them
        raise InputError(
            f"pretrained: {file} does not hold torchvision's weights of {name} ({type(error).__name__}): "
            "save the network's state_dict() there"
        ) from error
