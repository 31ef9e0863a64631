"""A cluster of dask.distributed: a scheduler and workers, each a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.project import ROOT

ALLOWED_DEATHS = 2
"""After so many workers that died while they had a task, the next one is the last."""
QUICK = {
    "PYTHONPATH": str(ROOT / "workflow"),
    "OMP_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(ALLOWED_DEATHS),
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
}


@contextmanager
def scheduler(folder: Path, host: str = "127.0.0.1") -> Iterator[str]:
    """Run a scheduler that writes into `folder`, and yield its address."""
    file = folder / "scheduler.json"
    ports = ["--host", host, "--port", "0", "--dashboard-address", f"{host}:0", "--scheduler-file", str(file)]
    with _process("scheduler", ports, folder):
        wait_until(lambda: _is_json(file))
        yield json.loads(file.read_text())["address"]


@contextmanager
def worker(
    address: str,
    folder: Path,
    name: str,
    prefix: Sequence[str] = (),
    python_path: str = QUICK["PYTHONPATH"],
) -> Iterator[None]:
    """Run a worker of one thread, which is started anew where it dies; `prefix` are the words before its command."""
    home = folder / name
    home.mkdir()
    options = [address, "--nthreads", "1", "--name", name, "--no-dashboard", "--local-directory", str(home)]
    with _process("worker", options, home, prefix, {"PYTHONPATH": python_path}):
        yield


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `reached`."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def network_of_its_own() -> Iterator[tuple[str, list[str]]]:
    """Yield an address of this machine, and the words that run a command in another network, linked to it.

    Where none can be made, as by most users, the address is the loopback's and there are no words.
    """
    number = os.getpid() % 65536
    name, net = f"twostream{number}", f"198.18.{number % 255}"
    here, there = f"tsa{number}", f"tsb{number}"
    try:
        _ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        yield "127.0.0.1", []
        return
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        for where, link, address in (((), here, f"{net}.1/30"), (("-n", name), there, f"{net}.2/30")):
            _ip(*where, "address", "add", address, "dev", link)
            _ip(*where, "link", "set", link, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield f"{net}.1", [str(shutil.which("ip")), "netns", "exec", name]
    finally:
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def _process(
    kind: str, options: Sequence[str], folder: Path, prefix: Sequence[str] = (), more: dict[str, str] | None = None
) -> Iterator[None]:
    command = [*prefix, sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
    with (folder / f"{kind}.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **QUICK, **(more or {})}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()  # The nanny of a worker ends it too.
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_json(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_text()))
    except (OSError, ValueError):
        return False
