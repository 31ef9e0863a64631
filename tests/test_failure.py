"""Why a job has failed, as its logs and Snakemake say it."""

import logging
from pathlib import Path

import pytest

from twostream import failure
from twostream.failure import Failure


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("step 1\rstep 2\ntwostream: x: is wrong: mend it\n\n", "twostream: x: is wrong: mend it"),
        ("twostream: x: is wrong: mend it\ntwostream: warning: y: is odd\n", "twostream: x: is wrong: mend it"),
        ("twostream: 4 videos\nTraceback (most recent call last):\nKeyError: 3\n", "KeyError: 3"),
        ("Killed\n", "Killed"),
        ("--- 2026 flow, Python 3\nKilled\n--- 2026 the job has ended, after 3 s\n", "Killed"),
        (
            "Traceback (most recent call last):\nKeyError: 3\n--- 2026 the job has ended, after 3 s\n"
            "--- 2026 flow, Python 3\ntwostream: x: is wrong: mend it\n--- 2026 the job has ended, after 3 s\n",
            "twostream: x: is wrong: mend it",
        ),
        ("\x1b[2Jtwo", "\\x1b[2Jtwo"),
        ("", ""),
        (None, ""),
    ],
)
def test_the_reason_of_a_failure_is_the_line_that_matters(tmp_path, log, reason):
    path = tmp_path / "job.log"
    if log is not None:
        path.write_text(log, encoding="utf-8", newline="")
    assert failure.reason(path) == reason


def job(folder: Path, rule: str, log: str | None = None, group: bool = False, **said: object) -> Failure:
    """Return the failure of a job of `rule`, which wrote `log`, as Snakemake's messages have it."""
    file = folder / f"{rule}.log"
    if log is not None:
        file.write_text(log)
    aux = [str(folder / "slurm.log")] if (folder / "slurm.log").exists() else []
    common = {"rule_name": rule, "rule_msg": None, "output": [f"{folder / rule} (update)"]}
    record = logging.makeLogRecord(common | {"log": [str(file), *([] if group else aux)]} | said)
    return Failure.of(record, logging.makeLogRecord({"aux_logs": aux}) if group else None)


def test_a_job_says_what_its_log_says_and_below_it_what_the_scheduler_does(tmp_path):
    (tmp_path / "slurm.log").write_text("Building DAG\nslurmstepd: error: Detected 1 oom_kill event\nShutting down\n")
    assert job(tmp_path, "fuse", "frame 3\n").lines() == [
        f"twostream: fuse failed; its log: {tmp_path}/fuse.log, {tmp_path}/slurm.log",
        "frame 3",
        "slurmstepd: error: Detected 1 oom_kill event",
    ]


def test_what_snakemake_writes_of_a_job_that_has_said_why_is_left_out(tmp_path):
    said = "srun: error: n1: task 0: Exited with exit code 1\nAt least one job did not complete successfully.\n"
    (tmp_path / "slurm.log").write_text(said)
    assert job(tmp_path, "fuse", "twostream: x: is wrong: mend it\n").reasons() == ["twostream: x: is wrong: mend it"]


def test_a_job_that_has_not_begun_says_what_the_scheduler_s_log_says(tmp_path):
    (tmp_path / "slurm.log").write_text("Building DAG\ntwostream: compute: cannot be read: mend that\nthe end\n")
    assert job(tmp_path, "fuse").reasons() == ["twostream: compute: cannot be read: mend that"]


def test_a_job_that_slurm_refuses_says_so(tmp_path):
    message = "SLURM sbatch failed. The error message was 'sbatch: error: Invalid gres'.\n  sbatch call: sbatch -x"
    (line,) = job(tmp_path, "fuse", rule_msg=message).reasons()
    assert line.startswith("twostream: fuse: Slurm refuses the job (Invalid gres): lower or name what it asks for")
    (line,) = job(tmp_path, "fuse", group=True).reasons()
    assert line.startswith("twostream: fuse: Slurm refuses the group of jobs: lower or name what it asks for")


def test_of_a_group_those_jobs_are_told_that_have_run_and_made_nothing(tmp_path):
    (tmp_path / "slurm.log").write_text("")
    whole, bad, waits = (job(tmp_path, rule, log, group=True) for rule, log in [("a", "x"), ("b", "y"), ("c", None)])
    alone = job(tmp_path, "alone")
    (tmp_path / "a").touch()
    assert failure.to_tell([whole, bad, waits, alone]) == [bad, alone]
    assert failure.to_tell([waits, waits, whole]) == [whole, waits]
    assert failure.to_tell([]) == []
