"""What the jobs of a run take, looked at from outside while they run: also where other programs have the cores."""

import subprocess
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from twostream.cache import clock, stages

NETWORKS = (stages.TRAIN_STREAM.name, stages.DUMP_LOGITS.name)
"""The stages whose threads work together: all wait for the one that waits."""
EVERY = 0.3
"""Seconds between two looks."""
STEP = "twostream.steps."
"""How the module of a job begins, which its command line names."""


@dataclass
class Job:
    """A job's process: the stage that it is of, and its seconds, of the clock, of cores, and of waiting for a core."""

    stage: str
    threads: int = 1
    wall: float = 0.0
    cpu: float = 0.0
    waited: float = 0.0
    memory: float = 0.0

    @property
    def core_seconds(self) -> float:
        """The seconds of cores that it would hold on an idle machine."""
        return clock.held(self.wall, self.cpu, self.waited, self.threads, together=self.stage in NETWORKS)


class Observer:
    """The jobs that a process has started, looked at until it ends; `threads` are those of a job of each stage."""

    def __init__(self, run: "subprocess.Popen[str]", threads: Mapping[str, int]) -> None:
        self.jobs: dict[int, Job] = {}
        self._run, self._threads = run, threads
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def by_stage(self) -> dict[str, list[Job]]:
        """Return the jobs of each stage, after the run has ended."""
        self._thread.join()
        jobs: dict[str, list[Job]] = defaultdict(list)
        for job in self.jobs.values():
            jobs[job.stage].append(job)
        return jobs

    def _watch(self) -> None:
        while self._run.poll() is None:
            with suppress(psutil.Error):
                for process in psutil.Process(self._run.pid).children(recursive=True):
                    with suppress(psutil.Error, OSError):
                        self._look(process)
            with suppress(subprocess.TimeoutExpired):
                self._run.wait(EVERY)

    def _look(self, process: psutil.Process) -> None:
        if process.pid not in self.jobs:
            module = next((word for word in process.cmdline() if word.startswith(STEP)), None)
            if module is None or "python" not in process.name():
                return
            stage = module.removeprefix(STEP)
            self.jobs[process.pid] = Job(stage=stage, threads=self._threads.get(stage, 1))
        job, times = self.jobs[process.pid], process.cpu_times()
        job.cpu = times.user + times.system
        job.wall = clock.seconds_of_process(process.pid)
        job.waited = max(job.waited, clock.seconds_waited(process.pid))
        job.memory = max(job.memory, float(process.memory_info().rss))
