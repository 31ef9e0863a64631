"""`twostream COMMAND`: what can be done beside the workflow, a module of `twostream.commands` each."""

import sys
from importlib import import_module

from twostream.steps import run

COMMANDS = {
    "bench": "measure against what one would use instead: flow, loader, fusion, dag",
    "ls": "list the cache: what made it, what it cost, who uses it",
    "prune": "remove what nothing uses from the cache",
    "why": "say which settings make two keys of the cache differ",
}


def main() -> None:
    """Hand the arguments to the command that the first one names; only its module is imported."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(_usage())
    elif name not in COMMANDS:
        sys.exit(f"twostream: there is no command `{name}`: there are {', '.join(sorted(COMMANDS))}")
    else:
        module = import_module(f"twostream.commands.{name.replace('-', '_')}")
        run(lambda: module.main(arguments))


def _usage() -> str:
    rows = [f"  {name:14} {what}" for name, what in sorted(COMMANDS.items())]
    return "\n".join(["usage: twostream COMMAND ... (twostream COMMAND --help tells more)", "", *rows])
