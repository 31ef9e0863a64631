"""Run a benchmark of `twostream.bench`: a table, and as the last line one JSON object of ratios."""

import argparse
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from twostream import bench
from twostream.errors import InputError

FOLDER = Path(bench.__file__).parent


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream bench", description=__doc__)
    made.add_argument("name", help="flow, loader, streams, fusion or dag")
    made.add_argument("options", nargs=argparse.REMAINDER, help="of the benchmark: --help tells which")
    chosen = made.parse_args(arguments)
    there = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "timing"))
    if chosen.name not in there:
        raise InputError(f"there is no benchmark `{chosen.name}`: there are {', '.join(there)}")
    sys.argv = [f"twostream bench {chosen.name}", *chosen.options]
    runpy.run_module(f"twostream.bench.{chosen.name}", run_name="__main__")
