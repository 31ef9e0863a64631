"""A real Slurm on this machine: a controller and two nodes, on free ports of loopback, in a folder of its own."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

NODES = ("n1", "n2")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")
CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
EnforcePartLimits=ALL
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MinJobAge=3600
ReturnToService=2
{nodes}
PartitionName=compute Nodes=ALL Default=YES MaxTime=INFINITE
"""
SRUN = """\
#!/bin/sh
# Snakemake's job step takes all variables of Slurm away, and with them where this one's configuration is.
SLURM_CONF={folder}/slurm.conf exec {srun} "$@"
"""
SQUEUE = """\
#!{python}
# Answers as soon as another job has ended: Snakemake asks at intervals that suit jobs of hours.
import re, subprocess, sys, time
from pathlib import Path
ended, answers = Path("{folder}/ended"), 0
while True:
    text = subprocess.run(["{squeue}", *sys.argv[1:]], stdout=subprocess.PIPE, text=True).stdout
    now = sorted(re.findall(r"^(\\d+)\\|(?!PENDING|RUNNING|CONFIGURING|COMPLETING|REQUEUED)", text, re.M))
    answers += 1
    if "--name" not in sys.argv or not ended.exists() or now != ended.read_text().split() or answers == 150:
        break
    time.sleep(0.2)
ended.write_text(" ".join(now))
print(text, end="")
"""


class NoSlurmError(Exception):
    """Slurm is not installed here, or does not come up; the text says why, in one line."""


class Slurm:
    """The daemons, and the environment in which Slurm's programs and Snakemake find them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        port, *ports = _free_ports(1 + len(NODES))
        host = socket.gethostname().partition(".")[0]
        node = "NodeName={} NodeHostname={} NodeAddr=127.0.0.1 Port={} CPUs=4 RealMemory=100000 State=UNKNOWN"
        nodes = "\n".join(node.format(name, host, number) for name, number in zip(NODES, ports, strict=True))
        user = pwd.getpwuid(os.getuid()).pw_name
        text = CONF.format(host=host, port=port, user=user, folder=folder, nodes=nodes)
        (folder / "slurm.conf").write_text(text)
        (folder / "state").mkdir()
        self._write_programs()
        self.environment = {
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        }

    def _write_programs(self) -> None:
        (self.folder / "bin").mkdir()
        for name, text in {"srun": SRUN, "squeue": SQUEUE}.items():
            words = {name: shutil.which(name), "folder": self.folder, "python": sys.executable}
            (self.folder / "bin" / name).write_text(text.format(**words))
            (self.folder / "bin" / name).chmod(0o755)

    def start(self) -> None:
        """Start the daemons, and wait until the nodes take jobs; NoSlurmError where they do not."""
        self._start("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.start_node(node)
        _becomes_true(lambda: self._has_ended() or self._is_up())
        if not self._is_up():
            raise NoSlurmError(self._last_words())

    def start_node(self, node: str) -> None:
        self._start(f"slurmd.{node}", "slurmd", "-D", "-N", node)

    def lose_node(self, node: str) -> None:
        """Kill the daemon of `node` and all that runs there, as a loss of power does.

        Slurm would notice after SlurmdTimeout, five minutes; it is told.
        """
        self._kill(self._daemons.pop(f"slurmd.{node}"))
        _kill_all(self._processes(f"SLURMD_NODENAME={node}"))
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")

    def run(self, *command: str) -> str:
        """Return what a program of Slurm prints."""
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()

    def running(self) -> dict[str, str]:
        """Return the node of each job that runs, by the job's number."""
        lines = self.run("squeue", "-h", "-t", "RUNNING", "-o", "%i %N").splitlines()
        return {number: node for number, _, node in (line.partition(" ") for line in lines)}

    def stop(self) -> None:
        """End the daemons and what they have started."""
        for daemon in self._daemons.values():
            self._kill(daemon)
        _becomes_true(lambda: not _kill_all(self._processes()), seconds=20)

    def _is_up(self) -> bool:
        return not self._has_ended() and self.run("sinfo", "-h", "-o", "%D %t") == f"{len(NODES)} idle"

    def _has_ended(self) -> bool:
        return any(daemon.poll() is not None for daemon in self._daemons.values())

    def _last_words(self) -> str:
        """Return the last line of each daemon that tells of an error, the controller's first."""
        words = []
        for name in self._daemons:
            texts = (_read(self.folder / f"{name}.{suffix}").decode(errors="replace") for suffix in ("out", "log"))
            lines = [line.strip() for text in texts for line in text.splitlines()]
            bad = [line for line in lines if "error" in line or "fatal" in line]
            words += [f"{name}: {line}" for line in (bad or lines)[-1:]]
        return "; ".join(words) or "its daemons say nothing"

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as output:
            environment = os.environ | {"SLURM_CONF": self.environment["SLURM_CONF"]}
            self._daemons[name] = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    def _kill(self, daemon: subprocess.Popen[bytes]) -> None:
        daemon.kill()
        daemon.wait()

    def _processes(self, variable: str = "") -> set[int]:
        """Return the processes in whose environment this Slurm and `variable` are, and those that started them.

        Slurm's own process of a job hides its environment, and is found as the parent of the job's.
        """
        conf, wanted = f"SLURM_CONF={self.folder / 'slurm.conf'}\0".encode(), variable.encode()
        users = {
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if conf in (environment := _read(folder / "environ")) and wanted in environment
        }
        return users | {parent for process in users for parent in _parents(process) if _is_step(parent)}


@contextmanager
def cluster() -> Iterator[Slurm]:
    """Enclose the use of a Slurm that is up, which programs find by the environment.

    NoSlurmError where it is not installed or does not come up.
    """
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        raise NoSlurmError(f"there is no {missing[0]}")
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as folder:
        slurm = Slurm(Path(folder))
        try:
            slurm.start()
            with pytest.MonkeyPatch.context() as patch:
                for name, value in slurm.environment.items():
                    patch.setenv(name, value)
                yield slurm
        finally:
            slurm.stop()


def _kill_all(processes: Collection[int]) -> bool:
    """Kill the `processes`; return whether there were any."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return bool(processes)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def _becomes_true(condition: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _read(file: Path) -> bytes:
    """Return what is in `file`; nothing where its process has ended or is another user's."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _parents(process: int) -> Iterator[int]:
    """Yield the process that started `process`, the one that started that, and so on, without the first of all."""
    while (fields := _read(Path(f"/proc/{process}/stat")).rpartition(b")")[2].split()) and int(fields[1]) > 1:
        yield (process := int(fields[1]))


def _is_step(process: int) -> bool:
    return _read(Path(f"/proc/{process}/comm")).startswith(b"slurmstepd")
