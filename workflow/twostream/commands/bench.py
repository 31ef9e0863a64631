"""Run a benchmark of the folder `bench`: a table, and as the last line one JSON object of ratios."""

import argparse
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from twostream.errors import InputError

FOLDER = Path(__file__).parents[3] / "bench"


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream bench", description=__doc__)
    made.add_argument("name", help="flow, loader, streams, fusion or dag")
    made.add_argument("options", nargs=argparse.REMAINDER, help="of the benchmark: --help tells which")
    chosen = made.parse_args(arguments)
    there = sorted(path.stem for path in FOLDER.glob("*.py"))
    if chosen.name not in there:
        raise InputError(f"there is no benchmark `{chosen.name}`: there are {', '.join(there)} in {FOLDER}")
    sys.argv = [f"twostream bench {chosen.name}", *chosen.options]
    runpy.run_path(str(FOLDER / f"{chosen.name}.py"), run_name="__main__")
