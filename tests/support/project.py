"""A project folder in which the real workflow is run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from support.videos import encode, moving_dots

ROOT = Path(__file__).parents[2]
STREAM = {
    "architecture": "resnet18",
    "pretrained": "none",
    "size": 32,
    "epochs": 1,
    "batch": 8,
}
SMALL: dict[str, Any] = {
    "demo": {"train_groups": 1, "test_groups": 2, "clips_per_group": 1, "frames": 12},
    "index": {"shards": 2},
    "frames": {"short_side": 32},
    "flow": {"short_side": 32, "tvl1": {"scales": 2, "warps": 1, "outer_iterations": 1, "inner_iterations": 5}},
    "streams": {
        "spatial": STREAM | {"modality": "rgb", "stack": 1},
        "temporal": STREAM | {"modality": "flow", "stack": 10},
    },
    "test": {"samples": 3},
    "fusion": {"normalisations": ["none"], "poolings": ["mean"], "strategies": ["average", "max"], "step": 0.2},
}
FINISHED = re.compile(r"^Finished jobid: \d+ \(Rule: (\w+)\)", re.MULTILINE)
"""What Snakemake says of a job that ran. It writes the line's end by itself, so that a job may print before it."""


class Project:
    """A working folder with a configuration, in which the workflow is run."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder = folder
        self.root = root
        self.settings: dict[str, Any] = json.loads(json.dumps(SMALL))

    def _command(self, *arguments: str) -> list[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "settings.yaml").write_text(yaml.safe_dump(self.settings))
        snakefile = str(self.root / "Snakefile")
        return [sys.executable, "-m", "snakemake", "-s", snakefile, "--configfile", "settings.yaml", *arguments]

    def snakemake(
        self, *arguments: str, environment: Mapping[str, str] = os.environ
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env={**environment, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )

    def run(self) -> dict[str, Any]:
        self.ran()
        return json.loads((self.folder / "results" / "fusion_report.json").read_text())

    def ran(self) -> dict[str, int]:
        """Run; return how many jobs of each rule ran."""
        done = self.snakemake("-j8", "fusion_report")
        assert done.returncode == 0, done.stdout[-3000:]
        return Counter(FINISHED.findall(done.stdout))

    def jobs(self, target: str = "fusion_report") -> dict[str, int]:
        """What a dry-run says is to be done: jobs by rule."""
        done = self.snakemake("-n", target)
        assert done.returncode == 0, done.stdout
        table = done.stdout.split("Job stats:")[1].split("total")[0] if "Job stats:" in done.stdout else ""
        rows = [line.split() for line in table.splitlines()[3:]]
        if not rows:
            assert "Nothing to be done" in done.stdout
        return {row[0]: int(row[1]) for row in rows if row}

    def refusal(self) -> str:
        """The one line that a dry-run ends with."""
        done = self.snakemake("-n", "fusion_report")
        assert done.returncode != 0
        assert "Traceback" not in done.stdout
        (message,) = (line for line in done.stdout.splitlines() if line.startswith("twostream: "))
        return message

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start a run, by default of the report on eight cores, in a process group of its own.

        What is left of it at the end, as where a test fails, is killed.
        """
        run = subprocess.Popen(
            self._command(*(arguments or ("-j8", "fusion_report"))),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell's background job, which the tests may be, ignores Ctrl-C and hands that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            yield run
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()

    def stop_when(self, reached: Callable[[], bool], how: signal.Signals = signal.SIGKILL) -> str:
        """Run until `reached`, then send the whole process group a signal; return what was printed."""
        with self.running() as run:
            wait_for(run, reached)
            os.killpg(run.pid, how)
            return run.communicate(timeout=300)[0]

    def files(self, pattern: str) -> list[Path]:
        return sorted((self.folder / "results").glob(pattern))


def numbers(report: dict[str, Any]) -> dict[str, Any]:
    """All of a report that is a result, to the last digit; times are not."""
    training = {
        name: [(row["Loss"], row["Prec@1"], row["lr"]) for row in rows] for name, rows in report["training"].items()
    }
    return {name: report[name] for name in ("streams", "fusion", "confusion", "videos")} | {"training": training}


def wait_for(run: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    """Wait until `reached`, which is to be before the `run` ends."""
    deadline = time.monotonic() + 300
    while not reached():
        assert run.poll() is None, f"the run ended before: {run.communicate()[0][-2000:]}"
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Finished:
    """A project that was run, kept so that each test gets it as it was, at the same path."""

    def __init__(self, project: Project, folder: Path | None = None) -> None:
        """Keep what lies in `folder`, by default the project's own."""
        self._folder = folder or project.folder
        self._kept = self._folder.with_name(f"{self._folder.name}, kept")
        self._project = project
        self._settings = json.dumps(project.settings)
        shutil.copytree(self._folder, self._kept, symlinks=True)

    def restore(self, root: Path = ROOT) -> Project:
        """Return the project as it was; `root` is the folder of the workflow to run there."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._kept, self._folder, symlinks=True)
        project = Project(self._project.folder, root)
        project.settings = json.loads(self._settings)
        return project


def make_videos(folder: Path, frames: int) -> Path:
    for label, name in enumerate(("Jump", "Run")):
        for group in (1, 2, 3):
            for clip in (1, 2):
                pictures = moving_dots(frames + clip, step=1.0 + label + group / 8)
                encode(folder / name / f"v_{name}_g{group:02d}_c{clip:02d}.avi", pictures)
    return folder


def make_lists(folder: Path, videos: Path, test_group: str = "g01") -> Path:
    folder.mkdir(exist_ok=True)
    ids = sorted(path.relative_to(videos).as_posix() for path in videos.glob("*/*.avi"))
    train = [f"{id} {1 + id.startswith('Run')}" for id in ids if test_group not in id]
    lines = {"classInd": ["1 Jump", "2 Run"], "trainlist01": train, "testlist01": [i for i in ids if test_group in i]}
    for name, entries in lines.items():
        (folder / f"{name}.txt").write_text("\n".join(entries) + "\n")
    return folder
