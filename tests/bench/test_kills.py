"""The bench of kills counts what it finds; the project here is a process that sleeps, and a report that is made up."""

import random
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from twostream.bench.kills import WAYS, KillSeries

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"


INTERRUPT = "Traceback (most recent call last):\n  File {file}, line 1\nKeyboardInterrupt\ntrain_stream | epoch 2"


class FakeProject:
    """A project whose run never ends by itself when it is to be killed."""

    def __init__(self, folder: Path, printed: str = "", numbers: object = 1, status: int = 0) -> None:
        self.folder = folder
        self.printed, self.report, self.status = printed, numbers, status
        self.runs: list[subprocess.Popen[str]] = []
        folder.mkdir()

    def start(self) -> "subprocess.Popen[str]":
        self.runs.append(subprocess.Popen([sys.executable, "-c", PARENT], text=True, start_new_session=True))
        return self.runs[-1]

    def run(self) -> int:
        return self.status

    def is_finished(self) -> bool:
        return self.status == 0

    def text(self) -> str:
        return self.printed

    def numbers(self) -> object:
        return self.report

    def parts(self) -> list[Path]:
        return []


def series(seconds: float = 0.3) -> KillSeries:
    return KillSeries(random.Random(0), seconds, expected=1)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_ends_the_run_and_what_it_started(tmp_path, way):
    project = FakeProject(tmp_path / "project")
    run = project.start()
    children = []
    while not children:
        children = psutil.Process(run.pid).children(recursive=True)
    WAYS[way](run, random.Random(0))
    assert run.wait(60) is not None
    if way not in ("Snakemake", "one process"):
        assert not psutil.wait_procs(children, timeout=60)[1]
    for child in children:
        if child.is_running():
            child.kill()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ({}, {"equal numbers": 1}),
        ({"numbers": 2}, {"other numbers": 1}),
        ({"printed": "Traceback (most recent call last):"}, {"equal numbers": 1, "tracebacks": 1}),
        ({"printed": INTERRUPT.format(file="snakemake/api.py")}, {"equal numbers": 1, "before the Snakefile": 1}),
        ({"printed": INTERRUPT.format(file="/rules/fuse.smk")}, {"equal numbers": 1, "tracebacks": 1}),
        ({"status": 1}, {"equal numbers": 1, "blocked": 2}),
    ],
)
def test_what_is_found_is_counted(tmp_path, fault, found, monkeypatch):
    killed, project = series(), FakeProject(tmp_path / "project", **fault)
    monkeypatch.setattr(killed, "_kill", lambda project, way: True)
    killed.run(project, most=3)
    counts = dict(killed.counts)
    assert 1 <= counts.pop("kills") <= 3
    assert {name: count for name, count in counts.items() if count} == {"projects": 1, **found}
    assert not project.folder.exists()


def test_a_run_that_ends_before_its_moment_is_not_counted_as_killed(tmp_path):
    project = FakeProject(tmp_path / "project")
    project.start = lambda: subprocess.Popen([sys.executable, "-c", ""], text=True)  # type: ignore[method-assign]
    killed = series(seconds=60)
    killed.run(project, most=3)
    assert killed.counts["kills"] == 0
