"""Why a job has failed, in a line or two: what its own log says last, and what the scheduler of a cluster says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from logging import LogRecord
from pathlib import Path
from typing import Self

from twostream import text

OURS = "twostream: "
"""What a line of ours begins with."""
WARNING = f"{OURS}warning: "
SCHEDULER = ("slurmstepd: error: ", "srun: error: ")
"""What lines of Slurm begin with, in the log that it keeps of a job: memory or time that was too short, a lost node."""
NO_REASON = "Exited with exit code"
"""What Slurm says of every job that fails."""
REFUSAL = re.compile(r"sbatch: error: ([^'\n]+)")
"""Why Slurm did not take a job, in what Snakemake says of it."""
REFUSED = "lower or name what it asks for, as by --set-resources {rule}:mem_mb=4000 or --max-threads 8"
HEAD, ENDED = "--- ", "the job has ended"
"""What a line of a log begins with in which it says when a job began or ended, and what it says in the end."""
TAIL = 1 << 16
"""Bytes at the end of a log in which its last line is looked for."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A job of `rule` that has failed, its logs and its outputs; `message` is what Snakemake said of it.

    `scheduler_logs` are those that a cluster keeps. `is_of_group` where it was submitted together with other jobs:
    Snakemake does not say which of them failed.
    """

    rule: str
    logs: tuple[Path, ...]
    scheduler_logs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    message: str
    is_of_group: bool

    @classmethod
    def of(cls, job: LogRecord, group: LogRecord | None = None) -> Self:
        """Return what Snakemake's event JOB_ERROR says, and GROUP_ERROR where the `job` belongs to a `group`."""
        said = vars(job)
        logs = tuple(Path(log) for log in said["log"])
        others = logs[1:] if group is None else tuple(Path(log) for log in vars(group)["aux_logs"])
        outputs = tuple(Path(output.removesuffix(" (update)")) for output in said["output"])
        return cls(
            rule=said["rule_name"],
            logs=logs[:1],
            scheduler_logs=others,
            outputs=outputs,
            message=said["rule_msg"] or "",
            is_of_group=group is not None,
        )

    @property
    def has_run(self) -> bool:
        """Whether it has begun and not made its outputs."""
        return any(log.is_file() for log in self.logs) and not all(file.exists() for file in self.outputs)

    def lines(self) -> list[str]:
        """Return what to tell of it: its rule and logs, and why it failed."""
        logs = ", ".join(str(log) for log in (*self.logs, *self.scheduler_logs))
        return [f"{OURS}{self.rule} failed; its log: {logs}", *self.reasons()]

    def reasons(self) -> list[str]:
        """Return why it failed: the words of its own log, and of the scheduler where they are about it."""
        refusal = REFUSAL.search(self.message)
        if refusal or (self.is_of_group and not self.scheduler_logs):
            problem = f"Slurm refuses the job ({refusal[1]})" if refusal else "Slurm refuses the group of jobs"
            return [f"{OURS}{self.rule}: {problem}: {REFUSED.format(rule=self.rule)}"]
        own = [*map(reason, self.logs), *map(_of_scheduler, self.scheduler_logs)]
        return [*filter(None, own)] or [*filter(None, map(reason, self.scheduler_logs))]


def to_tell(failures: Iterable[Failure]) -> list[Failure]:
    """Return the `failures` without those jobs of a group that have succeeded or not begun, if others have run."""
    every = list(failures)
    with_cause = [failure for failure in every if failure.has_run or not failure.is_of_group]
    return with_cause or list({failure.rule: failure for failure in reversed(every)}.values())


def reason(log: Path) -> str:
    """Return why the job that wrote `log` failed: the last line of ours that is no warning, else its last line."""
    lines = _of_last_job(_tail(log))
    ours = [line for line in lines if line.startswith(OURS) and not line.startswith(WARNING)]
    last = lines[-1] if lines else ""
    return ours[-1] if ours and not _is_stack(lines) else last


def _of_scheduler(log: Path) -> str:
    """Return the last line of the scheduler's own in its `log`, empty where there is none."""
    lines = [line for line in _tail(log) if line.startswith(SCHEDULER) and NO_REASON not in line]
    return lines[-1] if lines else ""


def _tail(log: Path) -> list[str]:
    """Return the last lines of `log`, no line where it cannot be read; each state of a bar of progress is a line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            written = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [text.printable(line.strip()) for line in written.replace("\r", "\n").split("\n") if line.strip()]


def _of_last_job(lines: list[str]) -> list[str]:
    """Return what the last of the jobs that wrote to a log printed, without the lines in which its log says when."""
    heads = [number for number, line in enumerate(lines) if line.startswith(HEAD) and not _is_end(line)]
    return [line for line in lines[heads[-1] + 1 if heads else 0 :] if not _is_end(line)]


def _is_end(line: str) -> bool:
    return line.startswith(HEAD) and ENDED in line


def _is_stack(lines: list[str]) -> bool:
    """Return whether a fault of the program ended the job, of which the last line says more than one of ours before."""
    return any(line.startswith("Traceback (most recent call last)") for line in lines)
