"""A small project that is run in a folder of its own, by the command a user types, and may be stopped."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from twostream.bench import timing
from twostream.cache.stages import FUSION_REPORT, INDEX
from twostream.files import atomic

ROOT = Path(__file__).parents[3]
"""The folder of the workflow's Snakefile."""
STREAM = {"architecture": "resnet18", "pretrained": "none", "size": 32, "epochs": 2, "batch": 8}
SETTINGS: dict[str | None, Any] = {
    "demo": {"train_groups": 1, "test_groups": 2, "clips_per_group": 1, "frames": 12},
    INDEX.section: {"shards": 2},
    "frames": {"short_side": 32},
    "flow": {"short_side": 32, "tvl1": {"scales": 2, "warps": 1, "outer_iterations": 1, "inner_iterations": 5}},
    "streams": {"temporal": STREAM | {"modality": "flow", "stack": 10}},
    "test": {"samples": 3},
    "fusion": {"normalisations": ["none"], "poolings": ["mean"], "strategies": ["average", "max"], "step": 0.2},
}


def snakemake(configfile: str) -> list[str]:
    """Return the command that runs the workflow by `configfile`, but for its target and its options."""
    return [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", configfile]


class Project:
    """A project in `folder`, with SETTINGS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = folder / "printed.txt"
        atomic.write_json(folder / "settings.yaml", SETTINGS)

    def run(self) -> int:
        """Run to the end; return the exit status."""
        return self.start().wait()

    def start(self) -> "subprocess.Popen[str]":
        """Start a run in a process group of its own, which prints to `printed`."""
        with self.printed.open("w", encoding="utf-8") as printed:
            return self._popen(["-j8", FUSION_REPORT.name], printed)

    def is_finished(self) -> bool:
        """Return whether a dry-run finds nothing to be done."""
        with self.printed.open("w", encoding="utf-8") as printed:
            self._popen(["-n", FUSION_REPORT.name], printed).wait()
        return "Nothing to be done" in self.text()

    def text(self) -> str:
        """Return what the last run printed."""
        return self.printed.read_text(encoding="utf-8", errors="replace")

    def numbers(self) -> Any:
        """Return all of the report that is a result, to the last digit; None where there is no report."""
        file = self.folder / f"results/{FUSION_REPORT.name}.json"
        if not file.is_file():
            return None
        report = json.loads(file.read_text(encoding="utf-8"))
        epochs = {name: [row["Loss"] for row in rows] for name, rows in report["training"].items()}
        return {name: report[name] for name in ("streams", "fusion", "confusion")} | {"training": epochs}

    def parts(self) -> list[Path]:
        """Return the files that are half-made."""
        return list((self.folder / "results").rglob(".*.part"))

    def _popen(self, arguments: list[str], printed: IO[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*snakemake("settings.yaml"), *arguments],
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def show(rows: Sequence[Mapping[str, Any]], counted: Sequence[str], counts: Counter[str]) -> None:
    """Print the `rows`, and the `counts` of all that is `counted`; exit with status 1 if a fault was among them."""
    timing.show(rows, dict.fromkeys(counted, 0) | counts)
    if any(counts[fault] for fault in ("other numbers", "blocked", "tracebacks")):
        sys.exit(1)


def descendants(run: "subprocess.Popen[str]") -> list[int]:
    """Return the numbers of the processes that `run` has started, and those that they have."""
    try:
        return [child.pid for child in psutil.Process(run.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(processes: list[int], how: signal.Signals = signal.SIGKILL) -> None:
    """Send the signal `how` to each of the `processes` that is still there."""
    for process in processes:
        try:
            os.kill(process, how)
        except ProcessLookupError:
            continue
