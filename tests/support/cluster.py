"""A cluster of dask.distributed: a scheduler and workers, each a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from support import page
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
    command = page.commands("clusters.md", "dask-by-hand")[0].replace("8786", "0")
    ends = ["--dashboard-address", f"{host}:0", "--scheduler-file", str(file), "--idle-timeout", "1 hour"]
    with _process([*command.split(), "--host", host, *ends], folder):
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
    command = page.commands("clusters.md", "dask-by-hand")[1].replace("--nworkers 16", "--nworkers 1")
    command = command.replace("tcp://login:8786", address)
    ends = ["--name", name, "--no-dashboard", "--local-directory", str(home), "--death-timeout", "1 minute"]
    with _process([*command.split(), *ends], home, prefix, {"PYTHONPATH": python_path}):
        yield


def wait_until(reached: Callable[[], bool], seconds: float = 180) -> None:
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
    command: Sequence[str], folder: Path, prefix: Sequence[str] = (), more: Mapping[str, str] = MappingProxyType({})
) -> Iterator[None]:
    """Run `command`, of dask, behind the words `prefix`, and kill it and what it has started at the end."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", *command],
            cwd=folder,
            env={**os.environ, **QUICK, **more},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_json(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_text()))
    except (OSError, ValueError):
        return False
