"""What messages and pages tell a user to type works as it stands: commands, options, targets and settings."""

import argparse
import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from snakemake.cli import get_argument_parser

from twostream import cli
from twostream.config import schema

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow" / "twostream"
MODULES = sorted(LIBRARY.rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("presets/*.yaml"), ROOT / "config.yaml"])
RULES = set(
    re.findall(r"^(?:rule|checkpoint) (\w+):", "\n".join(f.read_text() for f in ROOT.glob("rules/*.smk")), re.M)
)
SETTING = re.compile(
    r"(?<![\w./-])((?:dataset|demo|index|frames|flow|validation|test|fusion|report|compute)(?:\.[a-z_][a-z0-9_]*)+)"
)
FILES = {"html", "json", "h5", "csv", "py", "yaml", "smk", "md", "log", "safetensors"}
"""What follows the dot in the name of a file, not of a setting."""
OTHER_PROGRAMS = {"--shm-size"}
"""Options of docker."""
NO_COMMANDS = {"and", "model", "names", "reads", "that", "which", "wrote"}
"""What follows the name `twostream` where it is no command."""


def texts(module: Path) -> Iterator[str]:
    """Yield the texts in a module but docstrings; what is put into one when it runs is X."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docstrings | parts):
            yield node.value


def advice(module: Path) -> str:
    return "\n".join(texts(module))


ADVICE = {module: advice(module) for module in MODULES}


def commands_of_snakemake(text: str) -> Iterator[str]:
    """Yield the commands of Snakemake in `text`, also over several lines of a page: between blanks or backticks."""
    joined = text.replace("\\\n", " ")
    for command in re.findall(r"(?:^|[ `/])snakemake ((?:-\w|--\w|[a-z_]+ -).*?)(?=`|$|;|\s#)", joined, re.MULTILINE):
        yield command.strip()


def is_typed_as_it_stands(command: str) -> bool:
    """Return whether Snakemake takes all words of `command` for what they are meant to be.

    Its --configfile takes every word that follows for a file.
    """
    options, targets = snakemake_parser().parse_known_args(
        shlex.split(command.replace("--executor slurm", ""))
    )  # A plugin.
    words = [*options.targets, *targets]
    files = [str(file) for file in options.configfile or []]
    return all(word in RULES or "/" in word or word == "X" for word in words) and not set(files) & RULES


@cache
def snakemake_parser() -> argparse.ArgumentParser:
    return get_argument_parser()


@cache
def options_of_twostream() -> frozenset[str]:
    """Return the options of all commands of twostream."""
    options: set[str] = set()
    for name in cli.commands():
        parser = argparse.ArgumentParser()
        import_module(f"twostream.commands.{name.replace('-', '_')}").add_arguments(parser)
        options |= parser._option_string_actions.keys()
    return frozenset(options)


def test_commands_of_snakemake_that_are_named_work():
    written = ADVICE | {page: page.read_text(encoding="utf-8") for page in PAGES}
    commands = [(file.name, command) for file, text in written.items() for command in commands_of_snakemake(text)]
    assert len(commands) > 10
    assert [each for each in commands if not is_typed_as_it_stands(each[1])] == []


@pytest.mark.parametrize(
    ("command", "works"),
    [
        ("-j4 index --configfile my.yaml", True),
        ("-j4 --configfile my.yaml index", False),
        ("--cores all fusion_repot --configfile my.yaml", False),
        ("--cores all X --configfile X", True),
    ],
)
def test_a_command_that_does_not_work_is_noticed(command, works):
    assert [*commands_of_snakemake(f"run `snakemake {command}`")] == [command]
    assert is_typed_as_it_stands(command) == works


def test_settings_that_are_named_exist():
    leaves = schema.leaves(schema.read())
    known = {leaf.rsplit(".", count)[0] for leaf in leaves for count in range(3)}
    named = [(file.name, name) for file, text in ADVICE.items() for name in SETTING.findall(text)]
    assert len(named) > 50
    assert [each for each in named if each[1] not in known and each[1].rpartition(".")[2] not in FILES] == []


def test_commands_of_twostream_that_are_named_exist():
    named = set(re.findall(r"\btwostream ([a-z][a-z-]+)", "\n".join(ADVICE.values())))
    assert sorted(named - cli.commands().keys() - NO_COMMANDS) == []


def test_options_that_commands_name_exist():
    texts_of_commands = "\n".join(text for file, text in ADVICE.items() if file.parent.name == "commands")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", texts_of_commands))
    known = options_of_twostream() | snakemake_parser()._option_string_actions.keys() | OTHER_PROGRAMS
    assert sorted(named - known) == []
