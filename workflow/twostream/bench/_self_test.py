"""The self-test of `twostream doctor --gpu`: part after part in a process of its own, each for a bounded time.

A part that fails, or is stopped as it takes too long, is named with its error, and the next one goes on.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from twostream import text
from twostream.bench import timing

Figures = dict[str, Any]

SECONDS, DRY_SECONDS = 86.0, 600.0
"""Seconds for all parts together, on a GPU and in a dry run: the first stay within 90 with the start and the end."""
WEIGHTS = {"machine": 14, "rendered_flow": 40, "real_flow": 8, "stored": 5, "loader": 10, "scored": 9, "trained": 13}
"""The parts in order, and the weights by which the time that is left is divided among the parts that are left."""
SKIPPED_DRY = "the card: its kernels, its memory and its graphs of CUDA; what is timed says nothing of a card"
"""What a dry run leaves out, in words."""


def measure(is_dry: bool, clips: Path | None, seconds: float | None = None) -> dict[str, Figures]:
    """Return the figures of every part by its name, an `error` among those of a part that failed."""
    end = time.monotonic() + (seconds or (DRY_SECONDS if is_dry else SECONDS))
    figures: dict[str, Figures] = {}
    names = list(WEIGHTS)
    with tempfile.TemporaryDirectory() as folder:
        while names:
            with _Child(names, is_dry, clips, folder) as child:
                while names:
                    left = sum(WEIGHTS[name] for name in names)
                    limit = (end - time.monotonic()) * WEIGHTS[names[0]] / left
                    name = names.pop(0)
                    figures[name], goes_on = child.wait(limit)
                    if goes_on and name == "machine" and "error" in figures[name]:
                        return figures | {other: {"skipped": "there is no GPU to measure"} for other in names}
                    if not goes_on:
                        break
    return figures


def errors(figures: Mapping[str, Figures]) -> list[str]:
    """Return the names of the parts that failed."""
    return [name for name, of_part in figures.items() if "error" in of_part]


def table(figures: Mapping[str, Figures]) -> str:
    """Return all figures as a table."""
    rows = [[name, what, timing.cell(value)] for name, of_part in figures.items() for what, value in of_part.items()]
    return text.table([["part", "what", "value"], *rows])


class _Child:
    """A process that measures some parts, one after another; its end is the end of those that it has started."""

    def __init__(self, names: Sequence[str], is_dry: bool, clips: Path | None, folder: str) -> None:
        # Not by multiprocessing: loaders that a process of its own starts are slow to end.
        self._here, there = Pipe()
        options = json.dumps([there.fileno(), list(names), is_dry, clips and str(clips), folder])
        command = [sys.executable, "-m", "twostream.bench._self_test", options]
        self._process = subprocess.Popen(command, pass_fds=[there.fileno()], start_new_session=True)
        there.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """End the process and its loaders, whatever they are at."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self, limit: float) -> tuple[Figures, bool]:
        """Return the figures of the next part, at most `limit` seconds later, and whether the process goes on."""
        try:
            if self._here.poll(max(0.0, limit)):
                figures: Figures = self._here.recv()
                return figures, True
        except EOFError:
            return {"error": f"its process ended with the status {self._process.wait()}"}, False
        return {"error": f"took longer than {max(0.0, limit):.3g} s"}, False


def main() -> None:
    """Measure parts, as a program of its own, and send the figures of each to the one that started it."""
    number, names, is_dry, clips, folder = json.loads(sys.argv[1])
    connection = Connection(number)
    tempfile.tempdir = folder
    for name in names:
        began = time.perf_counter()
        figures = _figures(name, is_dry, clips and Path(clips))
        connection.send(figures | {"seconds": round(time.perf_counter() - began, 2)})


def _figures(name: str, is_dry: bool, clips: Path | None) -> Figures:
    try:
        from twostream.bench import _self_test_parts as parts

        scale = parts.DRY if is_dry else parts.GPU
        return parts.run(name, scale, clips)
    except ModuleNotFoundError as error:
        return {"error": f"{error.name} is not installed"}
    except Exception as error:  # whatever a driver or a library raises
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split()):.300}"}


if __name__ == "__main__":
    main()
