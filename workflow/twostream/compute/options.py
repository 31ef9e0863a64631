"""How a network is to run, as the settings of `compute` and as arguments of a step. None changes a result.

Importing this module loads no torch, so that the workflow can write the arguments without it.
"""

from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """Settings of `compute` that a step which runs a network takes; `loader_workers` is `--loader-workers` there."""

    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    loader_workers: int | None = None
    channels_last: bool | None = None
    compile: bool = False

    def arguments(self) -> list[str]:
        """Return the options as arguments that the parser of `add_arguments` understands."""
        values = {_flag(field.name): getattr(self, field.name) for field in fields(self)}
        switches = [flag for flag, value in values.items() if value is True]
        if self.channels_last is False:
            switches.append("--no-channels-last")
        valued = [[flag, str(value)] for flag, value in values.items() if value is not None and type(value) is not bool]
        return [text for pair in valued for text in pair] + switches


def add_arguments(parser: ArgumentParser) -> None:
    """Add an argument for each option to `parser`."""
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--devices", type=int, default=1, help="processes a node to divide the work among, one a GPU")
    parser.add_argument("--nodes", type=int, default=1, help="nodes of the Slurm job that this runs in")
    parser.add_argument("--loader-workers", type=int, help="processes a node that load samples")
    parser.add_argument("--channels-last", action=BooleanOptionalAction, help="by default, on a GPU")
    parser.add_argument("--compile", action="store_true")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
