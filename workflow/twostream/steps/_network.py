"""What the steps that run a network share: on what it runs, in which processes, and who records what they made."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from twostream.cache import provenance
from twostream.cache.stages import Stage
from twostream.compute import hardware, options
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.compute.launch import launch_nodes, launch_processes
from twostream.compute.options import NetworkOptions
from twostream.config.section import pick
from twostream.console import is_launched
from twostream.steps import _arguments


def network_parser(description: str | None, stage: Stage) -> ArgumentParser:
    """Return a parser of the arguments of `stage`, which runs a network."""
    parser = _arguments.parser(description, stage.section)
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument("--stacks", type=Path, required=True, help="the linked file of the stream's modality")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rendezvous", help="host:port where the nodes find each other, for those that --nodes starts")
    options.add_arguments(parser)
    return parser


def launch(stage: Stage, arguments: Namespace) -> bool:
    """Run the step of `stage` in the processes that do the work; those of a node are started there.

    Return False, and start none, where this process does the work itself.
    """
    if arguments.nodes * arguments.devices == 1 or is_launched():
        return False
    module = f"{__package__}.{stage.name}"
    if arguments.nodes > 1 and not arguments.rendezvous:
        launch_nodes(module, arguments.nodes)
    else:
        launch_processes(module, arguments.devices, arguments.nodes, arguments.rendezvous)
    return True


def runtime(arguments: Namespace, group: ProcessGroup) -> Runtime:
    """Return what the network of this process of `group` runs on."""
    options = pick(NetworkOptions, vars(arguments))
    return hardware.runtime(options, arguments.threads, group.local_rank, group.local_size)


def produce(
    stage: Stage,
    arguments: Namespace,
    inputs: Sequence[Path],
    write: Callable[[], None],
    group: ProcessGroup,
    files: Sequence[Path] = (),
) -> bool:
    """Call `write` in every process of `group` to make the output of `arguments`, as `provenance.produce` does in one.

    `files` are small ones that are made with it.
    """
    layout = "channels last" if arguments.channels_last else "contiguous"
    ran_on = {"processes": str(group.size), "layout": layout, "compiled": "yes" if arguments.compile else "no"}
    recording = provenance.recording(stage, arguments.out, arguments.settings, inputs, files=files, ran_on=ran_on)
    with group.on_rank_zero(recording) as is_missing:
        if is_missing:
            write()
    return is_missing
