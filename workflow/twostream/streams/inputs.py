"""From the bytes of stacks to a network's input, and on to its scores."""

from functools import lru_cache

import torch
from torch import Tensor

from twostream.compute.hardware import Runtime
from twostream.streams.design import MODALITIES, Design
from twostream.streams.graphs import Pass


def scores(network: Pass, clips: Tensor, design: Design, runtime: Runtime) -> Tensor:
    """Return the scores (n, classes) of uint8 `clips` (n, frames x channels of a frame, height, width) there."""
    return forward(network, prepare(clips, design, runtime), runtime)


def prepare(stacks: Tensor, design: Design, runtime: Runtime) -> Tensor:
    """Return uint8 `stacks` as `normalise` does; as bytes they are put into the chosen memory format sooner."""
    return normalise(runtime.to_memory_format(stacks), design)


def forward(network: Pass, inputs: Tensor, runtime: Runtime) -> Tensor:
    """Return the scores (n, classes) of normalised `inputs` (n, channels, height, width)."""
    values: Tensor = network(runtime.to_memory_format(inputs))
    return values


def normalise(stacks: Tensor, design: Design) -> Tensor:
    """Return uint8 `stacks` (batch, frames x channels of a frame, height, width) as a network's float32 input.

    It is (batch, channels, height, width): for rgb_diff the differences of consecutive frames, which are one fewer.
    """
    if stacks.is_cuda and not design.sees.is_difference:
        return _normalise_at_once(stacks, design)
    values = stacks.float().div_(255)  # In place: new memory takes longer to get than to fill.
    if design.sees.is_difference:
        frame = design.sees.channels
        values = values[:, frame:] - values[:, :-frame]
    if design.scaling == "bytes":
        return values
    mean, std = _statistics(design.modality, design.stack, stacks.device)
    return values.sub_(mean).div_(std)


def _normalise_at_once(stacks: Tensor, design: Design) -> Tensor:
    """Return what `normalise` does but for rounding, in half as many passes through a GPU's memory."""
    if design.scaling == "bytes":
        return stacks / 255
    mean, std = _statistics(design.modality, design.stack, stacks.device)
    return torch.mul(stacks, 1 / (255 * std)).sub_(mean / std)


@lru_cache(maxsize=8)
def _statistics(modality: str, stack: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return mean and deviation (channels, 1, 1), kept on the device: copying them there would wait for it."""
    mean, std = (
        torch.tensor(values * stack, device=device).view(-1, 1, 1)
        for values in (MODALITIES[modality].mean, MODALITIES[modality].std)
    )
    return mean, std
