"""Start a step in many processes, one a GPU, as torchrun does: on this machine, or on each node of a Slurm job."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from torch.distributed import TCPStore
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.elastic.rendezvous.api import RendezvousError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from twostream.errors import RERUN, InputError

LAUNCHER = "TWOSTREAM_LAUNCHER"
"""The variable that gives a process the id of the process that launched it."""
RERUN_AFTER_ERROR = f"{RERUN}, once the error above, if there is one, is mended"
"""What to do where a process ended early; a node that was lost leaves no error."""


def launch_nodes(module: str, nodes: int) -> None:
    """Run `module` with this program's arguments once on each of the `nodes` nodes of the Slurm job that this is in.

    They are told, by `--rendezvous`, where they find each other. InputError outside a Slurm job and where a node
    fails; KeyboardInterrupt, once they are stopped, on SIGTERM as on SIGINT.
    """
    if "SLURM_JOB_ID" not in os.environ:
        raise InputError(
            "compute.nodes",
            f"is {nodes}, and this runs in no Slurm job",
            f"run it in a job of {nodes} nodes, or set compute.nodes to 1",
        )
    _interrupt_on(signal.SIGTERM, signal.SIGINT)
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # Lost connections are no news here.
    host = socket.gethostname()
    # The store listens on a port that the system finds free, and frees it when this process ends.
    store = TCPStore(host, 0, is_master=True, wait_for_workers=False)
    if _run_srun(_srun_command(module, nodes, f"{host}:{store.port}")):
        _end_line()
        raise InputError(f"one of {nodes} nodes", "ended early, and the others were stopped", RERUN_AFTER_ERROR)


def launch_processes(module: str, processes: int, nodes: int = 1, rendezvous: str | None = None) -> None:
    """Run `module` with this program's arguments in `processes` processes.

    Where other launchers do so on the other ones of several `nodes`, they meet at `rendezvous`, host:port, and all
    the processes work together. InputError where one of them fails; KeyboardInterrupt, once they are stopped, on
    SIGTERM as on SIGINT.
    """
    _interrupt_on(signal.SIGTERM, signal.SIGINT)
    os.environ[LAUNCHER] = str(os.getpid())
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    try:
        elastic_launch(_config(processes, nodes, rendezvous), sys.executable)("-m", module, *sys.argv[1:])
    except ChildFailedError as error:
        _end_line()
        raise describe_failure(error.failures, nodes * processes) from error
    except RendezvousError as error:
        _end_line()
        raise InputError(f"the nodes at {rendezvous}", "cannot be reached, or are gone", RERUN) from error
    except KeyboardInterrupt:
        _end_line()
        raise


def end_with_launcher() -> None:
    """Watch the launcher from now on, and end this process soon after it: it may be killed before it can stop us."""
    launcher = int(os.environ.get(LAUNCHER, os.getppid()))

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def describe_failure(failures: Mapping[int, ProcessFailure], processes: int) -> InputError:
    """Return the error that tells what ended a run of `processes`, of which some, by rank, have failed."""
    rank, failure = min(failures.items(), key=lambda item: _distance(item[1]))
    process, stopped = f"process {rank + 1} of {processes}", "and the others were stopped"
    if failure.exitcode < 0:
        name = signal.Signals(-failure.exitcode).name
        return InputError(process, f"was killed ({name}), {stopped}", f"{RERUN} to go on")
    return InputError(process, f"ended early, {stopped}", RERUN_AFTER_ERROR)


def _config(processes: int, nodes: int, rendezvous: str | None) -> LaunchConfig:
    return LaunchConfig(
        min_nodes=nodes,
        max_nodes=nodes,
        nproc_per_node=processes,
        run_id="twostream",  # Nobody else is at that rendezvous.
        rdzv_backend="c10d",
        rdzv_endpoint=rendezvous or "localhost:0",
        rdzv_configs={"is_host": rendezvous is None},
        max_restarts=0,
        signals_to_handle="",  # Torch would pass a SIGINT on, and each process would say that it was interrupted.
    )


def _srun_command(module: str, nodes: int, rendezvous: str) -> list[str]:
    """Return the command that runs `module` with this program's arguments once a node."""
    tasks = ["--nodes", str(nodes), "--ntasks", str(nodes), "--ntasks-per-node", "1", "--overlap"]
    # All cores that the job has on a node, and not those of one task; and no node is to wait for one that failed.
    options = ["--cpu-bind", "none", "--kill-on-bad-exit", "--export", "ALL"]
    return ["srun", *tasks, *options, sys.executable, "-m", module, *sys.argv[1:], "--rendezvous", rendezvous]


def _run_srun(command: list[str]) -> int:
    """Run it and return its exit status; stop it on KeyboardInterrupt."""
    # At a Ctrl-C srun would only ask for another one: in a session of its own it does not get it.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as srun:
        try:
            return srun.wait()
        except KeyboardInterrupt:
            srun.terminate()
            srun.wait()
            _end_line()
            raise


def _interrupt_on(*kinds: signal.Signals) -> None:
    for kind in kinds:
        signal.signal(kind, signal.default_int_handler)


def _end_line() -> None:
    """End the line in which the progress bar of a stopped process stands."""
    with suppress(OSError):
        print(file=sys.stderr, flush=True)


def _distance(failure: ProcessFailure) -> tuple[int, int]:
    """Return how far a failure is from the cause of all: killed first, then ended, then stopped by our own SIGTERM."""
    order = 2 if failure.exitcode == -signal.SIGTERM else int(failure.exitcode >= 0)
    return order, failure.timestamp
