"""Weights of RAFT's small network."""

from pathlib import Path

import torch
from torchvision.models import optical_flow


def write_weights(folder: Path) -> Path:
    """Write weights that are drawn at random, always the same ones, to a file in `folder`."""
    path = folder / "small.pth"
    torch.manual_seed(0)
    torch.save(optical_flow.raft_small().state_dict(), path)
    return path
