"""`twostream COMMAND`: what can be done beside the workflow, a module of `twostream.commands` each."""

import sys
from importlib import import_module

from twostream import __version__
from twostream.console import run

COMMANDS = {
    "bench": "measure against what one would use instead: flow, loader, streams, fusion, dag",
    "doctor": "say what is installed here and which flow backends work",
    "evaluate": "score the test videos with a trained network, ours or the reference's",
    "flow-preview": "show the flow of a video beside its frames",
    "fuse": "fuse streams from their score files and report it, without any network",
    "import-flow": "take over flow that was computed elsewhere, as images",
    "import-scores": "turn a score file of another system into HDF5 as this one writes it",
    "ls": "list the cache: what made it, what it cost, who uses it",
    "mean": "average the reports of several runs: mean and standard deviation",
    "prune": "remove what nothing uses from the cache",
    "report": "put cached results side by side: settings, numbers, paired tests",
    "why": "say which settings make two keys of the cache differ",
}


def main() -> None:
    """Hand the arguments to the command that the first one names; only its module is imported."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(_usage())
    elif name == "--version":
        print(f"twostream {__version__}")
    elif name not in COMMANDS:
        sys.exit(f"twostream: there is no command `{name}`: there are {', '.join(sorted(COMMANDS))}")
    else:
        module = import_module(f"twostream.commands.{name.replace('-', '_')}")
        run(lambda: module.main(arguments))


def _usage() -> str:
    rows = [f"  {name:14} {what}" for name, what in sorted(COMMANDS.items())]
    return "\n".join(["usage: twostream COMMAND ... (twostream COMMAND --help tells more)", "", *rows])
