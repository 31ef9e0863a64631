"""The arguments that all steps share."""

import argparse
import json
import os
import sys
from pathlib import Path


def run_from_here() -> None:
    """Let `python -m twostream.steps.NAME` mean this Python and this library, activated or not."""
    library = Path(__file__).parents[2]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = str(library)


def parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments that all steps share: the settings, as JSON, and the file to make."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--settings", type=json.loads, default={}, help="the stage's settings as JSON")
    made.add_argument("--out", type=Path, required=True, help="the file to make")
    return made


def add_workers(made: argparse.ArgumentParser) -> None:
    made.add_argument("--workers", type=int, default=1, help="videos at once")
    made.add_argument("--scheduler", choices=["threads", "processes"], default="threads", help="dask's")


def named_paths(pairs: list[str]) -> dict[str, Path]:
    """`name=path` arguments as a mapping."""
    return {name: Path(path) for name, _, path in (pair.partition("=") for pair in pairs)}
