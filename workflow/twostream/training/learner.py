"""What changes in training, and how it is saved to go on after an interruption."""

import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from twostream import console
from twostream.compute import batch_norm, torch_file
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.files import atomic
from twostream.streams.graphs import Pass, Passes
from twostream.streams.network import build_network, set_training
from twostream.training import history
from twostream.training.history import Epoch
from twostream.training.optimiser import load_optimiser, make_optimiser
from twostream.training.recipe import TrainingSetup


@dataclass(kw_only=True)
class Learner:
    """What changes in training.

    `ddp_network` wraps `network` when there are several processes, and `passes` runs it; `ema_network` is the
    exponential moving average of its weights; `best` has the weights of the best of the `epochs` so far.
    """

    network: nn.Module
    ddp_network: nn.Module
    passes: Pass
    ema_network: nn.Module | None
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    epochs: list[Epoch] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    @property
    def evaluation_network(self) -> nn.Module:
        """The network that is validated and kept: the moving average, if there is one."""
        return self.network if self.ema_network is None else self.ema_network

    def add_epoch(self, row: Epoch) -> None:
        """Count the epoch of `row`, and keep its weights where it is the best so far."""
        self.epochs.append(row)
        if history.best(self.epochs) == len(self.epochs) - 1:
            self.keep_weights()

    def keep_weights(self) -> None:
        """Make the weights that the evaluation network has now the best."""
        # `_metadata`, which MNASNet needs to load its weights, is an attribute of this dictionary: fill it in place.
        weights = self.evaluation_network.state_dict()
        for name, value in weights.items():
            weights[name] = value.cpu().clone()
        self.best = weights

    def save(self, path: Path, random_states: Sequence[list[Tensor]]) -> None:
        """Write all that training needs to go on exactly, with the `random_states` of each process."""
        state = self._state() | {"random": list(random_states)}
        with atomic.replacing(path) as beside:
            torch.save(state, beside)

    def resume(self, path: Path, runtime: Runtime, processes: ProcessGroup) -> None:
        """Go on from the state at `path`, if it is there and whole."""
        if not path.exists():
            return
        untrained = deepcopy(self._state())
        try:
            state = torch_file.load(path)
            self._take(state)
        except Exception as error:  # whatever torch.load says of a damaged file
            print(f"{path} is damaged ({type(error).__name__}): training begins anew", file=sys.stderr)
            self._take(untrained)
            return
        if processes.is_rank_zero:
            console.inform(f"training goes on after epoch {len(self.epochs)}")
        if processes.rank < len(state["random"]):
            runtime.set_random_state(state["random"][processes.rank])

    def _state(self) -> dict[str, Any]:
        """Return all that changes in training but the random states."""
        return {
            "network": self.network.state_dict(),
            "mean": {} if self.ema_network is None else self.ema_network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "epochs": [asdict(row) for row in self.epochs],
            "best": self.best,
        }

    def _take(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, which `_state` returned."""
        self.network.load_state_dict(state["network"])
        if self.ema_network is not None:
            self.ema_network.load_state_dict(state["mean"])
        load_optimiser(self.optimiser, state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        self.epochs = [Epoch.from_dict(row) for row in state["epochs"]]
        self.best = state["best"]


def begin(classes: int, setup: TrainingSetup) -> Learner:
    """Return an untrained network and what it learns with."""
    recipe, runtime, processes = setup.recipe, setup.runtime, setup.processes
    network = build_network(setup.design, classes, zero_residuals=not recipe.partial_bn)
    if processes.size > 1:
        network = batch_norm.synchronise_batch_norm(network, runtime.device)
        torch.manual_seed(recipe.seed + processes.rank)  # Each process needs dropout of its own.
    set_training(network, recipe.partial_bn)
    ema_network = runtime.prepare(deepcopy(network)) if setup.optimisation.ema else None
    runtime.prepare(network)
    ddp_network = processes.wrap(network, runtime.device)
    is_recorded = runtime.records_passes and processes.size == 1 and recipe.accumulate == 1
    return Learner(
        network=network,
        ddp_network=ddp_network,
        passes=Passes(network, runtime) if is_recorded else ddp_network,
        ema_network=ema_network,
        optimiser=make_optimiser(network, setup.optimisation, fused=runtime.is_gpu),
        scaler=torch.amp.GradScaler(runtime.device.type, enabled=recipe.precision == "float16"),
    )
