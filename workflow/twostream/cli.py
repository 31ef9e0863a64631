"""`twostream COMMAND`: what can be done beside the workflow, a module of `twostream.commands` each.

A command's module has a docstring, whose first sentence is its line in `twostream --help`, `add_arguments(parser)`
and `main(arguments)`. It is imported only when the command is named.
"""

import argparse
import ast
import difflib
import sys
from collections.abc import Sequence
from importlib import import_module, resources

from twostream import __version__
from twostream.compute import openmp
from twostream.console import run
from twostream.errors import InputError


def main() -> None:
    """Run the command that this process's arguments name."""
    openmp.wait_passively()
    run(lambda: call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> None:
    """Run the command that the first of the `arguments` names; raise InputError where it cannot."""
    descriptions = commands()
    parser = argparse.ArgumentParser(prog="twostream", description="Two-stream action recognition beside the workflow.")
    parser.add_argument("--version", action="version", version=f"twostream {__version__}")
    places = parser.add_subparsers(metavar="COMMAND", title="commands (twostream COMMAND --help explains each)")
    parsers = {
        name: places.add_parser(name, help=_first_sentence(text), description=text)
        for name, text in descriptions.items()
    }
    name = arguments[0] if arguments else "--help"
    if name in parsers:
        module = import_module(f"twostream.commands.{name.replace('-', '_')}")
        module.add_arguments(parsers[name])
        module.main(parser.parse_args(arguments))
    elif name.startswith("-"):
        parser.parse_args(arguments or [name])
    else:
        raise _unknown(name, list(parsers))


def commands() -> dict[str, str]:
    """Return the docstring of each command by its name, read from the source without importing it."""
    folder = resources.files("twostream").joinpath("commands")
    sources = {file.name.removesuffix(".py"): file for file in folder.iterdir() if file.name.endswith(".py")}
    return {
        name.replace("_", "-"): ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        for name, source in sorted(sources.items())
        if not name.startswith("_")
    }


def _first_sentence(docstring: str) -> str:
    """Return the first line of `docstring` as argparse prints it: % is a sign of its own there."""
    return docstring.splitlines()[0].replace("%", "%%")


def _unknown(name: str, names: Sequence[str]) -> InputError:
    similar = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean {similar[0]}?)" if similar else ""
    return InputError(name, f"is no command{hint}", f"choose one of {', '.join(names)}")
