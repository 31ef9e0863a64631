"""The networks: a torchvision classifier whose first convolution takes a stack instead of an image."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torchvision.models import ResNet

from twostream.errors import InputError

FRAME_CHANNELS = {"rgb": 3, "flow": 2}
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MEAN = {"rgb": IMAGENET_MEAN, "flow": (128 / 255,) * 2}
STD = {"rgb": IMAGENET_STD, "flow": (0.226,) * 2}
"""Flow is centred on zero motion, which is stored as 128, and scaled by ImageNet's mean deviation."""


@dataclass(frozen=True)
class Design:
    """One stream's network, as its section of the configuration describes it."""

    architecture: str
    modality: str
    stack: int
    dropout: float
    pretrained: str

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "Design":
        return cls(**{field.name: settings[field.name] for field in fields(cls)})

    @property
    def channels(self) -> int:
        return FRAME_CHANNELS[self.modality] * self.stack


def build(design: Design, classes: int) -> ResNet:
    """The network, its weights initialised: (batch, channels, height, width) -> (batch, classes)."""
    network = _torchvision(design)
    if design.pretrained == "none":
        network.conv1 = first_convolution(design.channels)
    elif design.channels != network.conv1.in_channels:
        widen(network, design.channels)
    features = network.fc.in_features
    network.fc = nn.Sequential(nn.Dropout(design.dropout), nn.Linear(features, classes))
    return network


def widen(network: ResNet, channels: int) -> None:
    """Give the first convolution `channels` inputs, each with the mean of its filters over RGB.

    Cross-modality initialisation: Wang et al., "Temporal Segment Networks", 2016, section 3.2.
    """
    rgb = network.conv1
    wide = first_convolution(channels)
    with torch.no_grad():
        wide.weight.copy_(rgb.weight.mean(dim=1, keepdim=True).expand_as(wide.weight))
    network.conv1 = wide


def first_convolution(channels: int) -> nn.Conv2d:
    """A ResNet's first convolution for `channels` inputs, its weights drawn as He et al., 2015, have them."""
    made = nn.Conv2d(channels, 64, kernel_size=7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(made.weight, mode="fan_out", nonlinearity="relu")
    return made


def normalise(stacks: Tensor, modality: str) -> Tensor:
    """uint8 stacks (batch, channels, height, width) as the float32 that the networks take."""
    repeats = stacks.shape[1] // FRAME_CHANNELS[modality]
    mean = torch.tensor(MEAN[modality] * repeats, device=stacks.device).view(1, -1, 1, 1)
    std = torch.tensor(STD[modality] * repeats, device=stacks.device).view(1, -1, 1, 1)
    return (stacks.float() / 255 - mean) / std


def _torchvision(design: Design) -> ResNet:
    make = getattr(torchvision.models, design.architecture)
    if design.pretrained == "none":
        return make(zero_init_residual=True)
    network = make()
    imagenet = design.pretrained == "imagenet"
    _fill(network, _imagenet_file(design.architecture) if imagenet else Path(design.pretrained), design.architecture)
    return network


def _imagenet_file(name: str) -> Path:
    """The file of torchvision's ImageNet weights, downloaded if it is not there."""
    weights = torchvision.models.get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    try:
        weights.get_state_dict(progress=True, check_hash=True)
    except OSError as error:
        raise InputError(
            f"the ImageNet weights of {name} cannot be downloaded ({error}): get {weights.url} elsewhere and "
            f"put it at {file}, or set `pretrained` to the path of the file"
        ) from error
    return file


def _fill(network: ResNet, file: Path, name: str) -> None:
    if not file.is_file():
        raise InputError(f"pretrained: {file} is not a file: give `imagenet`, `none` or a file of weights")
    try:
        network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # whatever torch says of a file that does not hold them
        raise InputError(
            f"pretrained: {file} does not hold torchvision's weights of {name} ({type(error).__name__}): "
            "save the network's state_dict() there"
        ) from error
