"""One training in two processes on the CPU, on one node or two, started as the workflow starts them."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from support import project
from support.training import weights
from twostream import console
from twostream.cache import keys
from twostream.compute import distributed, launch
from twostream.config import check
from twostream.streams.checkpoint import load_checkpoint
from twostream.videos import index

LINES = re.compile(r"twostream: (?!epoch |\d+ videos of ).*")
"""Lines but those of progress."""
STREAM = project.STREAM | {
    "modality": "flow",
    "stack": 4,
    "segments": 2,
    "accumulate": 2,
    "ema": 0.5,
    "epochs": 4,
    "schedule": "constant",
    "lr": 0.003,
}

SRUN = f"""#!{sys.executable}
# Stands in for Slurm's srun: starts the command once for each node, and kills all of them when one fails.
import os, psutil, signal, subprocess, sys, time
command = sys.argv[sys.argv.index({sys.executable!r}) :]
nodes = int(sys.argv[sys.argv.index("--nodes") + 1])
tasks = [subprocess.Popen(command, env=os.environ | {{"SLURM_NODEID": str(node)}}) for node in range(nodes)]


def stop(*_):
    for process in psutil.Process().children(recursive=True):
        process.kill()
signal.signal(signal.SIGTERM, stop)
while any(task.poll() is None for task in tasks):
    if any(task.poll() for task in tasks):
        stop()
    time.sleep(0.1)
sys.exit(max(abs(task.returncode) for task in tasks))
"""


def settings(**changes) -> dict:
    checked = check.check({"streams": {"a": STREAM | changes}, "validation": {"fraction": 0.4, "samples": 2}})
    return checked["streams"]["a"] | {"validation": checked["validation"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("distributed")


@pytest.fixture(scope="module")
def command(flows, folder):
    """Return a function that makes the command of a training in `devices` processes on each of `nodes`."""
    reader, videos = flows
    index.write(folder / "index.json", index.Index(("A", "B"), tuple(videos), ()))

    def make(name: str, devices: int, nodes: int = 1, **changes) -> list[str]:
        out = folder / name
        return [
            *(sys.executable, "-m", "twostream.steps.train_stream", "--settings", keys.canonical(settings(**changes))),
            *("--index", str(folder / "index.json"), "--stacks", str(reader.path)),
            *("--history", str(out / "history.csv"), "--out", str(out / "model.pt")),
            *("--device", "cpu", "--devices", str(devices), "--nodes", str(nodes), "--threads", str(devices)),
        ]

    return make


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def losses(folder: Path) -> list[float]:
    rows = list(csv.DictReader((folder / "history.csv").open()))
    return [float(row[column]) for row in rows for column in ("Loss", "Val Loss")]


@pytest.fixture(scope="module")
def two(command, folder) -> Path:
    process = run(command("two", 2))
    assert process.returncode == 0, process.stderr[-2000:]
    return folder / "two"


def test_two_processes_learn_as_one_does(command, folder, two):
    """Batches of 6 or 7 videos, in two parts: by one process, and by two with synchronised batch normalisation."""
    process = run(command("one", 1))
    assert process.returncode == 0, process.stderr[-2000:]
    assert losses(folder / "one") == pytest.approx(losses(two), rel=2e-3, abs=2e-4)
    here, there = (load_checkpoint(path / "model.pt") for path in (folder / "one", two))
    assert here.validation == there.validation != ()
    assert torch.allclose(weights(here.network), weights(there.network), rtol=0.02, atol=2e-3)


def test_two_processes_learn_in_bfloat16_as_one_does(command, folder):
    folders = [folder / name for name in ("bfloat16", "bfloat16_in_two")]
    for devices, out in enumerate(folders, start=1):
        process = run(command(out.name, devices, precision="bfloat16", epochs=1))
        assert process.returncode == 0, process.stderr[-2000:]
        assert "Warning" not in process.stderr
    # Less than one rounding of bfloat16 apart; float32 comes to more than two.
    assert losses(folders[0]) == pytest.approx(losses(folders[1]), rel=2**-8)


def test_a_run_whose_worker_is_killed_ends_with_a_message_and_can_be_resumed(command, folder, two):
    process = start(command("killed", 2))
    os.kill(wait_for_workers(process, folder / "killed" / "state.pt")[1], signal.SIGKILL)
    stderr = process.communicate(timeout=100)[1]
    assert process.returncode == 1
    assert re.fullmatch(
        r"twostream: process [12] of 2: was killed \(SIGKILL\), and the others were stopped: "
        "run the same command again to go on",
        stderr.splitlines()[-1],
    )
    assert "Traceback" not in stderr
    check_resumes(command("killed", 2), folder / "killed", losses(two))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_launcher_stops_its_workers_and_ends_with_one_message(command, folder, how):
    process = start(command("stopped", 2))
    workers = wait_for_workers(process, folder / "stopped" / "state.pt")
    os.kill(process.pid, how)
    stderr = process.communicate(timeout=100)[1]
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == console.INTERRUPTED
    assert LINES.findall(stderr) == [console.INTERRUPTED]
    assert "Traceback" not in stderr
    assert not [worker for worker in workers if psutil.pid_exists(worker)]
    (folder / "stopped" / "state.pt").unlink()


def test_workers_end_soon_after_their_launcher_is_killed(command, folder, two):
    process = start(command("orphans", 2))
    wait_for_workers(process, folder / "orphans" / "state.pt")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=100)  # Until every process has closed the pipe.
    check_resumes(command("orphans", 2), folder / "orphans", losses(two))


def test_an_error_in_one_process_is_reported_without_a_traceback(command):
    process = run(command("refused", 2, accumulate=4))
    assert process.returncode == 1
    assert "a batch of 6 videos cannot be divided into 4 parts (accumulate) for 2 devices" in process.stderr
    assert re.fullmatch(
        r"twostream: process [12] of 2: ended early, and the others were stopped: run the same command again, once .*",
        process.stderr.splitlines()[-1],
    )
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize(
    ("exitcodes", "cause"),
    [
        ((1, -9), "process 2 of 2: was killed (SIGKILL)"),
        ((-15, 1), "process 2 of 2: ended early"),
        ((-15, -9), "process 2 of 2: was killed (SIGKILL)"),
        ((-15, -15), "process 1 of 2: was killed (SIGTERM)"),
    ],
)
def test_the_message_names_the_process_that_failed_by_itself(exitcodes, cause):
    failures = {rank: ProcessFailure(rank, 1, code, "") for rank, code in enumerate(exitcodes)}
    line = str(launch.describe_failure(failures, 2))
    assert line.startswith(f"{cause}, and the others were stopped")
    assert line.endswith(
        "run the same command again to go on"
        if "killed" in cause
        else "once the error above, if there is one, is mended"
    )


@pytest.fixture
def slurm(monkeypatch, tmp_path) -> None:
    """Pretend to be in a Slurm job all of whose nodes are this machine."""
    (tmp_path / "srun").write_text(SRUN)
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "1")


def test_two_nodes_with_a_process_each_learn_as_one_node_with_two(command, folder, two, slurm):
    process = run(command("nodes", 1, nodes=2))
    assert process.returncode == 0, process.stderr[-2000:]
    assert losses(folder / "nodes") == losses(two)
    here, there = (load_checkpoint(path / "model.pt") for path in (folder / "nodes", two))
    assert torch.equal(weights(here.network), weights(there.network))
    assert not (folder / "nodes" / "state.pt").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_all_nodes_end_soon_after_the_launcher(command, folder, two, slurm, how):
    name = f"nodes_{how.name}"
    process = start(command(name, 1, nodes=2))
    wait_for(folder / name / "state.pt", process)
    os.kill(process.pid, how)
    stderr = process.communicate(timeout=60)[1]  # Until every process has closed the pipe.
    assert process.returncode == (130 if how == signal.SIGTERM else -how)
    assert "Traceback" not in stderr
    if how == signal.SIGTERM:
        assert stderr.splitlines()[-1] == console.INTERRUPTED
    check_resumes(command(name, 2), folder / name, losses(two))


def test_a_killed_process_ends_all_nodes(command, folder, slurm):
    process = start(command("nodes_killed", 1, nodes=2))
    wait_for(folder / "nodes_killed" / "state.pt", process)
    (_, launcher) = psutil.Process(process.pid).children()[0].children()
    os.kill(launcher.children()[0].pid, signal.SIGKILL)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "of 2: was killed (SIGKILL), and the others were stopped: run the same command again to go on" in stderr
    assert stderr.splitlines()[-1].startswith("twostream: one of 2 nodes: ended early")
    assert "Traceback" not in stderr


def test_several_nodes_without_slurm(command, monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    process = run(command("no_slurm", 1, nodes=2))
    assert process.returncode == 1
    (line,) = process.stderr.splitlines()
    assert line.startswith("twostream: compute.nodes: is 2, and this runs in no Slurm job: ")


def test_a_process_that_torchrun_did_not_start_is_a_group_of_one():
    with distributed.join_process_group("cpu") as group:
        assert group == distributed.ProcessGroup(0, 1, 0, 1)
        assert group.own_part([1, 2, 3]) == [1, 2, 3]
        assert group.all_reduce([1.5, 2]) == [1.5, 2]
        assert group.all_gather("x") == ["x"]


def start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for_workers(process: subprocess.Popen[str], file: Path) -> list[int]:
    """Return the ids of the processes that `process` has launched, once `file` is there."""
    wait_for(file, process)
    return [child.pid for child in psutil.Process(process.pid).children()]


def wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 200
    while not file.exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check_resumes(command: list[str], out: Path, expected: list[float]) -> None:
    """Run again what was stopped after an epoch: its losses must be those of a run without a stop."""
    assert not (out / "model.pt").exists()
    process = run(command)
    assert process.returncode == 0, process.stderr
    assert "epoch 1:" not in process.stderr
    assert losses(out) == expected
    assert not (out / "state.pt").exists()
