"""What `twostream bench plan` compares."""

import subprocess
import sys

import pytest

from twostream.bench import plan
from twostream.bench._jobs import Job, Observer

BUSY = "import time\nwhile time.process_time() < 1.5: pass"


def test_the_jobs_of_a_run_are_observed_by_their_stage():
    start = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], '-m', 'twostream.steps.fuse'])"
    run = subprocess.Popen([sys.executable, "-c", start, BUSY], text=True)
    ((stage, (job,)),) = Observer(run, {"fuse": 1}).by_stage().items()
    assert stage == "fuse"
    assert 0.3 < job.core_seconds < 4
    assert job.memory > 1e6


def test_a_job_that_waits_for_a_core_does_not_hold_it():
    assert Job(stage="fuse", threads=2, wall=10.0, cpu=4.0, waited=12.0).core_seconds == 8.0
    assert Job(stage="train_stream", threads=2, wall=10.0, cpu=4.0, waited=4.0).core_seconds == 12.0
    assert Job(stage="fuse", threads=2, wall=10.0, cpu=9.5, waited=12.0).core_seconds == 9.5


def test_a_configuration_that_plan_refuses_ends_in_its_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["plan", "--configfile", str(tmp_path / "none.yaml")])
    with pytest.raises(SystemExit, match="1"):
        plan.main()
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"twostream: {tmp_path}/none.yaml: ")


def test_a_row_is_what_was_planned_without_scheduling_beside_what_was_taken(tmp_path):
    row = {"stage": "fuse", "jobs": 1, "threads": 2, "core_hours": 12 / 3600, "bytes": 2e6, "memory": 5e8}
    file = tmp_path / "results/fuse/key/fusion.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 1_000_000)
    made = plan.compare("fuse", {"stages": [row]}, [Job(stage="fuse", wall=8.0, cpu=8.0, memory=4e8)], tmp_path)
    assert (made["planned core-s"], made["core-s"], made["ratio"]) == (10, 8, 1.25)
    assert (made["planned MB"], made["MB"], made["planned memory"], made["memory"]) == (2, 1, 500, 400)
