"""Checkpoints as the reference writes them."""

from collections import OrderedDict
from pathlib import Path

import torch
import torchvision
from torch import nn

NAMES = ("A", "B", "C", "D", "E", "F", "G")


def reference(channels: int, name: str = "resnet18") -> nn.Module:
    """A ResNet as the reference has it: its classifier is called fc_custom; for its first layer see `written`."""
    torch.manual_seed(3)
    network = torchvision.models.get_model(name, weights=None)
    network.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
    network.fc_custom = nn.Linear(network.fc.in_features, len(NAMES))
    network.fc = nn.Identity()
    return network.eval()


def written(
    path: Path,
    network: nn.Module,
    prefix: str = "module.",
    zipped: bool = True,
    first: str = "conv1_custom",
    best: float = 81.258,
) -> Path:
    """A checkpoint file as the reference writes it, whose first layer is called conv1_custom."""
    optimiser = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)
    network(torch.zeros(2, network.conv1.in_channels, 32, 32)).sum().backward()
    optimiser.step()
    renamed = {"conv1.weight": f"{first}.weight"}
    state = OrderedDict((prefix + renamed.get(name, name), value) for name, value in network.state_dict().items())
    content = {"epoch": 12, "state_dict": state, "best_prec1": best, "optimizer": optimiser.state_dict()}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path
