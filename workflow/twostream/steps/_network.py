"""What the steps that run a network share: how and on what it runs."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twostream.cache import provenance
from twostream.cache.stages import Stage
from twostream.compute import hardware
from twostream.compute import launch as launching
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.console import is_launched
from twostream.steps import _arguments


def parser(description: str | None, stage: Stage) -> argparse.ArgumentParser:
    """Return a parser of the arguments of `stage`, which runs a network."""
    made = _arguments.parser(description, stage.section)
    made.add_argument("--index", type=Path, required=True, help="the index, JSON")
    made.add_argument("--stacks", type=Path, required=True, help="the linked file of the stream's modality")
    add_compute(made)
    return made


def add_compute(made: argparse.ArgumentParser) -> None:
    made.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    made.add_argument("--devices", type=int, default=1, help="processes a node to divide the work among, one a GPU")
    made.add_argument("--nodes", type=int, default=1, help="nodes of the Slurm job that this runs in")
    made.add_argument("--rendezvous", help="host:port where the nodes find each other, for those that --nodes starts")
    made.add_argument("--threads", type=int, default=1)
    made.add_argument("--loader-workers", type=int, help="processes a node that load samples")
    made.add_argument("--channels-last", action="store_true")
    made.add_argument("--compile", action="store_true")


def is_to_launch(arguments: argparse.Namespace) -> bool:
    """Whether this process is to start those that do the work, and is not one of them."""
    return arguments.nodes * arguments.devices > 1 and not is_launched()


def launch(module: str, arguments: argparse.Namespace) -> None:
    """Run `module` in the processes that do the work; those of a node are started there."""
    if arguments.nodes > 1 and not arguments.rendezvous:
        launching.over_nodes(module, arguments.nodes)
    else:
        launching.launch(module, arguments.devices, arguments.nodes, arguments.rendezvous)


def machine(arguments: argparse.Namespace, group: ProcessGroup) -> Runtime:
    device = hardware.device(arguments.device, arguments.threads, group.local_rank, group.local_size)
    workers = hardware.loader_workers(arguments.loader_workers, device, group.local_size)
    return Runtime(device, workers, arguments.channels_last, arguments.compile)


def produce(
    stage: Stage, output: Path, settings: Any, inputs: Sequence[Path], write: Callable[[], None], group: ProcessGroup
) -> bool:
    """Call `write` in every process of `group` to make `output`, as `provenance.produce` does in one."""
    with group.on_rank_zero(provenance.recording(stage, output, settings, inputs)) as is_missing:
        if is_missing:
            write()
    return is_missing
