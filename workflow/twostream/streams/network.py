"""The networks: a torchvision classifier whose first convolution takes a stack instead of an image."""

import copy
from dataclasses import replace
from typing import TypeVar

import torch
import torchvision
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from twostream.streams import weights
from twostream.streams.design import Design

RESIDUAL = ("resnet", "resnext", "wide_resnet")
"""How the names of architectures begin whose residual blocks can start as the identity."""

Layer = TypeVar("Layer", bound=nn.Module)


def build_network(design: Design, classes: int, zero_residuals: bool = True) -> nn.Module:
    """Return the network, its weights initialised: (batch, channels, height, width) -> (batch, classes).

    Without pre-trained weights, each residual block starts as the identity, unless `zero_residuals` is off: He et
    al., "Bag of Tricks", 2018, section 3.1. It would stay one where its batch normalisation is not trained. From a
    checkpoint of ours come all weights, those of the classifier if it has as many classes.
    """
    stored = weights.stored_checkpoint(design.pretrained)
    network = _torchvision(replace(design, pretrained="none") if stored else design, zero_residuals)
    if design.channels != 3:
        widen(network, design.channels, random=design.pretrained == "none")
    name, classifier = _layers(network, nn.Linear)[-1]
    network.set_submodule(
        name, nn.Sequential(nn.Dropout(design.dropout), nn.Linear(classifier.in_features, classes)), strict=True
    )
    if stored:
        weights.adopt(network, name, stored, design.pretrained)
    return network


def widen(network: nn.Module, channels: int, random: bool = False) -> None:
    """Give the first convolution `channels` inputs, each with the mean of its filters over RGB.

    Cross-modality initialisation: Wang et al., "Temporal Segment Networks", 2016, section 3.2. With `random` there
    are no trained filters to keep, and the weights are drawn as in He et al., 2015.
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
        if random:
            nn.init.kaiming_normal_(wide.weight, mode="fan_out", nonlinearity="relu")
        else:
            wide.weight.copy_(rgb.weight.mean(dim=1, keepdim=True).expand_as(wide.weight))
        if wide.bias is not None and rgb.bias is not None:
            wide.bias.copy_(rgb.bias)
    network.set_submodule(name, wide, strict=True)


def first_convolution(network: nn.Module) -> tuple[str, nn.Conv2d]:
    """Return the name of the convolution that takes the image, whatever the architecture calls it, and the layer."""
    return next((name, layer) for name, layer in _layers(network, nn.Conv2d) if layer.in_channels == 3)


def without_classifier(network: nn.Module) -> tuple[nn.Module, nn.Linear]:
    """Return a copy of `network` that ends before its classifier, (batch, dims), and the classifier of that copy.

    For a ResNet these are the means of the last layer over the picture: 2048 numbers of a ResNet-101.
    """
    headless = copy.deepcopy(network)
    name, classifier = _layers(headless, nn.Linear)[-1]
    headless.set_submodule(name, nn.Identity(), strict=True)
    return headless, classifier


def set_training(network: nn.Module, partial_bn: bool) -> None:
    """Put the network in training mode; with `partial_bn`, freeze all batch normalisations but the first.

    Wang et al., "Temporal Segment Networks", 2016, section 3.2: a batch has too few videos to estimate them anew.
    """
    network.train()
    if partial_bn:
        for _, layer in _layers(network, _BatchNorm)[1:]:
            layer.eval().requires_grad_(False)


def _layers(network: nn.Module, kind: type[Layer]) -> list[tuple[str, Layer]]:
    return [(name, layer) for name, layer in network.named_modules() if isinstance(layer, kind)]


def _torchvision(design: Design, zero_residuals: bool) -> nn.Module:
    name = design.architecture
    if design.pretrained == "none":
        options = {"zero_init_residual": zero_residuals} if name.startswith(RESIDUAL) else {}
        network: nn.Module = torchvision.models.get_model(name, weights=None, **options)
        return network
    network = torchvision.models.get_model(name, weights=None)
    weights.load_pretrained(network, name, design.pretrained)
    return network
