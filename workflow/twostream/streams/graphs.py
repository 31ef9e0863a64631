"""Passes through a network that are recorded as CUDA graphs, so that the host starts each by one call.

Launching the kernels of a deep network one by one takes a host longer than a recent GPU takes to run them. The recorded
kernels are the same ones. A network that cannot be recorded runs as usual.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from twostream.compute.hardware import Runtime

Pass = Callable[[Tensor], Tensor]

USUAL_PASSES = 3
"""Batches of a shape that run as usual before one is recorded: a rare shape is not worth it, nor its memory."""
SHAPES = 2
"""Shapes that are recorded: an epoch's batches differ by one video."""


class Passes:
    """A network to call, whose passes are recorded: forward and, in training, backward.

    The batches of a network in training may not be accumulated: what is recorded writes every gradient over.
    """

    def __init__(self, network: nn.Module, runtime: Runtime) -> None:
        self.network = network
        self.runtime = runtime
        self._usual: Counter[torch.Size] = Counter()
        self._recorded: dict[torch.Size, Pass] = {}

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return the network's scores (n, classes) of `inputs` (n, channels, height, width)."""
        replay = self._recorded.get(inputs.shape)
        if replay is None and self._usual[inputs.shape] >= USUAL_PASSES and len(self._recorded) < SHAPES:
            replay = self._recorded[inputs.shape] = self._record(inputs)
        self._usual[inputs.shape] += 1
        run = replay or self.network
        scores: Tensor = run(inputs)
        return scores

    def _record(self, inputs: Tensor) -> Pass:
        record = _record_training if torch.is_grad_enabled() else _record_forward
        try:
            with _unchanged(self.network, self.runtime):
                return record(self.network, inputs)
        except RuntimeError:  # whatever torch says of what cannot be recorded, or of too little memory
            torch.cuda.synchronize()
            return self.network


class _Call(nn.Module):
    """A network within a module of its own: recording changes a module, and the network stays as it is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        scores: Tensor = self.network(inputs)
        return scores


def _record_training(network: nn.Module, inputs: Tensor) -> Pass:
    call = _Call(network)
    torch.cuda.make_graphed_callables(call, (inputs.clone(),), allow_unused_input=True)  # It changes `call`.
    return call


def _record_forward(network: nn.Module, inputs: Tensor) -> Pass:
    static, graph = inputs.clone(), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        scores: Tensor = network(static)

    def run(others: Tensor) -> Tensor:
        static.copy_(others)
        graph.replay()
        return scores.clone()

    return run


@contextmanager
def _unchanged(network: nn.Module, runtime: Runtime) -> Iterator[None]:
    """Leave the network's statistics, and the random numbers, as they were: recording runs the network a few times."""
    before, states = [buffer.clone() for buffer in network.buffers()], runtime.random_state()
    try:
        yield
    finally:
        for buffer, old in zip(network.buffers(), before, strict=True):
            buffer.copy_(old)
        runtime.set_random_state(states)
