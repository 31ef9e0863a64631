"""What is lost when runs are killed: real runs, stopped at random moments and started again until they end.

A project is run once without interruption. Then others are run, each killed a few times in one of several ways: the
numbers of their reports are compared to the last digit.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from twostream.bench import _options, _project
from twostream.bench._project import Project

MOST_KILLS = 6
"""Kills of one project before it may end."""
FAULTS = ("Traceback", "Segmentation fault", "core dumped")
"""Words of a run that must not be printed."""
COUNTED = (
    "kills",
    "projects",
    "equal numbers",
    "other numbers",
    "tracebacks",
    "before the Snakefile",
    "blocked",
    "parts left",
)
"""What is counted: killed runs; projects that were run to their end; and what happened in each.

Before it reads the Snakefile, Snakemake answers Ctrl-C with a stack of its own imports: nothing of ours can change it.
"""


def main() -> None:
    """Print what was found, a row for each way to kill, and the same as JSON."""
    parser = argparse.ArgumentParser(prog="twostream bench kills", description=__doc__)
    parser.add_argument("--kills", type=_options.count, default=200, help="how many runs are killed")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no other project after that")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and the ways")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = Project(Path(folder) / "whole")
        began = time.monotonic()
        if whole.run():
            sys.exit(f"the run that nobody killed failed:\n{whole.text()}")
        series = KillSeries(random.Random(arguments.seed), time.monotonic() - began, whole.numbers())
        while series.counts["kills"] < arguments.kills and time.monotonic() - began < 60 * arguments.minutes:
            series.run(Project(Path(folder) / f"killed {series.counts['projects']}"), arguments.kills)
            print(dict(series.counts), file=sys.stderr)
    rows = [{"killed": way, "kills": series.ways[way]} for way in WAYS]
    _project.show(rows, COUNTED, series.counts)


class KillSeries:
    """Projects that are killed, and what is found. `seconds` is how long a run takes, `expected` its numbers."""

    def __init__(self, rng: random.Random, seconds: float, expected: object) -> None:
        self.rng = rng
        self.seconds = seconds
        self.expected = expected
        self.counts: Counter[str] = Counter()
        self.ways: Counter[str] = Counter()

    def run(self, project: Project, most: int) -> None:
        """Kill the run of `project` a few times, of `most` kills in all, then let it end and compare its numbers."""
        for _ in range(self.rng.randint(1, min(MOST_KILLS, most - self.counts["kills"]))):
            way = self.rng.choice(list(WAYS))
            if not self._kill(project, way):
                break
            self.counts["kills"] += 1
            self.ways[way] += 1
        self._finish(project)
        shutil.rmtree(project.folder)

    def _kill(self, project: Project, way: str) -> bool:
        """Start a run and kill it at a random moment; return whether it was still running."""
        run = project.start()
        try:
            run.wait(self.rng.uniform(0, self.seconds))
        except subprocess.TimeoutExpired:
            WAYS[way](run, self.rng)
            _wait(run)
            self._look_for_faults(project, way)
            return True
        return False

    def _finish(self, project: Project) -> None:
        """Run `project` to its end: one run is to be enough, whatever was killed before."""
        self.counts["projects"] += 1
        self.counts["blocked"] += bool(project.run())
        self._look_for_faults(project, "the last run")
        is_equal = project.numbers() == self.expected
        self.counts["equal numbers" if is_equal else "other numbers"] += 1
        self.counts["parts left"] += len(project.parts())
        self.counts["blocked"] += not project.is_finished()

    def _look_for_faults(self, project: Project, what: str) -> None:
        text = project.text()
        if _is_before_ours(text):
            self.counts["before the Snakefile"] += 1
        elif any(fault in text for fault in FAULTS):
            self.counts["tracebacks"] += 1
            print(f"--- {what} printed:\n{text}", file=sys.stderr)


def _is_before_ours(text: str) -> bool:
    """Return whether Ctrl-C met Snakemake before it read the Snakefile: a stack without a line of ours."""
    _, _, lines = text.rpartition("Traceback (most recent call last):\n")
    # A job that an earlier kill left behind may print more.
    stack, interrupt, _ = lines.partition("\nKeyboardInterrupt\n")
    return bool(interrupt) and not any(part in stack for part in ("/workflow/twostream/", "/rules/", '/Snakefile"'))


def _all(run: "subprocess.Popen[str]", rng: random.Random) -> None:
    _project.end([run.pid, *_project.descendants(run)])


def _main(run: "subprocess.Popen[str]", rng: random.Random) -> None:
    """Kill Snakemake alone: its jobs go on for a while, into the next run."""
    _project.end([run.pid])


def _worker(run: "subprocess.Popen[str]", rng: random.Random) -> None:
    """Kill one process of a job, whichever."""
    children = _project.descendants(run)
    _project.end([rng.choice(children)] if children else [run.pid])


def _terminate(run: "subprocess.Popen[str]", rng: random.Random) -> None:
    _project.end([run.pid, *_project.descendants(run)], signal.SIGTERM)


def _interrupt(run: "subprocess.Popen[str]", rng: random.Random) -> None:
    _project.end([run.pid, *_project.descendants(run)], signal.SIGINT)


WAYS = {"all": _all, "Snakemake": _main, "one process": _worker, "SIGTERM": _terminate, "Ctrl-C": _interrupt}
"""The ways to kill a run."""


def _wait(run: "subprocess.Popen[str]") -> None:
    """Wait until `run` has ended; one that a signal did not end, or whose worker alone was killed, ends by itself."""
    try:
        run.wait(120)
    except subprocess.TimeoutExpired:
        _project.end([run.pid, *_project.descendants(run)])
        run.wait()


if __name__ == "__main__":
    main()
