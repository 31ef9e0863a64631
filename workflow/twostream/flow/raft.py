"""RAFT, a network of torchvision, with weights of a file: another engine than TV-L1, for CUDA.

Source: Teed, Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", 2020.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torchvision.models import optical_flow

from twostream.compute import hardware, torch_file
from twostream.errors import InputError
from twostream.flow.parameters import Flow
from twostream.videos.image import Image

MULTIPLE, SMALLEST = 8, 128
"""The network takes sides that are a multiple of MULTIPLE pixels, and at least SMALLEST."""


def solve(
    frames: Iterator[Image], settings: Mapping[str, Any], device: str = "auto", batch: int = 32
) -> Iterator[Flow]:
    """Yield the flow (2, height, width) from each BGR frame (height, width, 3) to the next, `batch` at once.

    `settings` are those of the section `flow.raft`; instead of a file, `weights` may be the network itself, which a
    model carries. InputError where the weights do not fit the architecture.
    """
    where = hardware.device(device, threads=1)
    # torchvision's network keeps the correlations of the pairs that it computes: each video's thread has a copy of it.
    network = deepcopy(load(settings["architecture"], settings["weights"], where))
    for run in _runs(frames, batch):
        images = torch.from_numpy(np.stack(run)).to(where)
        with torch.inference_mode():
            flow = _compute(network, images, settings["updates"]).cpu().numpy()
        yield from flow


@cache
def load(architecture: str, weights: str | nn.Module | None, device: torch.device) -> nn.Module:
    """Return torchvision's `architecture`, large or small, with the weights in the file at the path `weights`.

    The file is read once for all videos of a process. Where `weights` are the network already, it is moved to the
    `device`. InputError where there is no such file, or it holds no weights of this architecture.
    """
    if weights is None:
        raise InputError("flow.raft.weights", "is null", "set it to a file of torchvision's weights")
    if isinstance(weights, nn.Module):
        return weights.to(device)
    try:
        network = build(architecture, torch_file.load(Path(weights)))
    except FileNotFoundError:
        raise InputError(f"flow.raft.weights: {weights}", "is not a file", "set it to a file of weights") from None
    except InputError:
        raise
    except Exception as error:  # whatever torch says of a file that does not hold them
        raise InputError(
            f"flow.raft.weights: {weights}",
            f"does not hold torchvision's weights of raft_{architecture} ({type(error).__name__})",
            "set it to a file that does, or set flow.raft.architecture to theirs",
        ) from error
    return network.to(device)


def build(architecture: str, state: Mapping[str, Any]) -> nn.Module:
    """Return torchvision's `architecture`, large or small, with the weights of `state`; RuntimeError if they differ."""
    network: nn.Module = getattr(optical_flow, f"raft_{architecture}")()
    network.load_state_dict(state)
    return network.eval()


def _compute(network: nn.Module, images: Tensor, updates: int) -> Tensor:
    """Return the flow (N, 2, height, width) between N + 1 BGR images (N + 1, height, width, 3) of bytes."""
    height, width = images.shape[1:3]
    colours = images.flip(3).permute(0, 3, 1, 2).float() / 127.5 - 1
    padded = pad(colours, (0, _missing(width), 0, _missing(height)), mode="replicate")
    flow: Tensor = network(padded[:-1], padded[1:], num_flow_updates=updates)[-1]
    return flow[..., :height, :width]


def _missing(side: int) -> int:
    """Return how many pixels a side lacks of what the network takes."""
    return max(SMALLEST, -(-side // MULTIPLE) * MULTIPLE) - side


def _runs(frames: Iterator[Image], batch: int) -> Iterator[list[Image]]:
    """Yield runs of `batch` + 1 frames, or fewer at the end; each begins with the last frame of the one before."""
    run: list[Image] = []
    for frame in frames:
        run.append(frame)
        if len(run) > batch:
            yield run
            run = run[-1:]
    if len(run) > 1:
        yield run
