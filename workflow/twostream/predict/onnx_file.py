"""A stream as ONNX, for programs without torch: from the bytes of stacks to scores."""

from pathlib import Path

import torch
from torch import Tensor, nn

from twostream.files import atomic
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.design import MODALITIES, Design

INPUT, OUTPUT = "stacks", "scores"


class FromBytes(nn.Module):
    """A network behind the scaling of its input: uint8 (n, frames x channels, size, size) -> scores (n, classes)."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, design: Design) -> None:
        super().__init__()
        self.network = network
        self.design = design
        modality = MODALITIES[design.modality]
        mean, std = (torch.tensor(each * design.stack).view(-1, 1, 1) for each in (modality.mean, modality.std))
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, stacks: Tensor) -> Tensor:
        """Return the scores, as `streams.inputs` makes them."""
        values = stacks.float() / 255
        if self.design.sees.is_difference:
            frame = self.design.sees.channels
            values = values[:, frame:] - values[:, :-frame]
        if self.design.scaling != "bytes":
            values = (values - self.mean) / self.std
        scores: Tensor = self.network(values)
        return scores


def example(stream: Checkpoint, stacks: int = 2) -> Tensor:
    """Return random `stacks` as the network takes them."""
    design = stream.design
    generator = torch.Generator().manual_seed(0)
    shape = (stacks, design.frames * design.sees.channels, stream.size, stream.size)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


def write(path: Path, stream: Checkpoint) -> None:
    """Write `stream` to `path`; the number of stacks is free."""
    whole = FromBytes(stream.network.cpu(), stream.design).eval()
    with atomic.replacing(path) as beside:
        torch.onnx.export(
            whole,
            (example(stream),),
            beside,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes={INPUT: {0: torch.export.Dim("n")}},
            external_data=False,
            verbose=False,
        )
