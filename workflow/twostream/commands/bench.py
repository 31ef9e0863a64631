"""Measure against what one would use instead: a table, and as the last line one JSON object of ratios."""

import argparse
import pkgutil
import runpy
import sys

from twostream import bench
from twostream.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name of a benchmark, and its own options."""
    parser.add_argument("name", help="flow, loader, streams, fusion, coverage, dag, kills, flips or plan")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="the benchmark's own: NAME --help explains them")


def main(arguments: argparse.Namespace) -> None:
    """Run the benchmark as a program of its own."""
    modules = {module.name for module in pkgutil.iter_modules(bench.__path__)} - {"timing"}
    names = sorted(name for name in modules if not name.startswith("_"))
    if arguments.name not in names:
        raise InputError(f"bench {arguments.name}", "is no benchmark", f"choose one of {', '.join(names)}")
    sys.argv = [f"twostream bench {arguments.name}", *arguments.options]
    runpy.run_module(f"twostream.bench.{arguments.name}", run_name="__main__")
