"""Start a step in many processes, one a GPU, as torchrun does: on this machine, or on each node of a Slurm job."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

from torch.distributed import TCPStore
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.elastic.rendezvous.api import RendezvousError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from twostream.errors import InputError

LAUNCHER = "TWOSTREAM_LAUNCHER"
"""The variable that tells a process which other one has launched it."""


def over_nodes(module: str, nodes: int) -> None:
    """Run `module` with this program's arguments once on each of the `nodes` nodes of the Slurm job that this is in.

    They are told, by `--rendezvous`, where they find each other. InputError where this is in no Slurm job;
    KeyboardInterrupt, once they are stopped, on SIGTERM as on SIGINT.
    """
    if "SLURM_JOB_ID" not in os.environ:
        raise InputError(
            f"compute.nodes is {nodes}, and this runs in no Slurm job: run it in one of {nodes} nodes, "
            "or set compute.nodes to 1"
        )
    _interrupt_on(signal.SIGTERM, signal.SIGINT)
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # Not where in C++ a connection was lost.
    host = socket.gethostname()
    # Whoever opens it here is given a port that no other job has; and it goes when this process does.
    store = TCPStore(host, 0, is_master=True, wait_for_workers=False)
    command = _srun(module, nodes, f"{host}:{store.port}")
    # In a session of its own it does not see a Ctrl-C, at which it would only ask for another.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as srun:
        try:
            failed = srun.wait()
        except KeyboardInterrupt:
            srun.terminate()
            srun.wait()
            _end_line()
            raise
    if failed:
        _end_line()
        sys.exit(f"twostream: one of {nodes} nodes ended early, and the others were stopped, for the reason above")


def launch(module: str, processes: int, nodes: int = 1, rendezvous: str | None = None) -> None:
    """Run `module` with this program's arguments in `processes` processes; exit where one of them does not end well.

    Where another launcher does so on each of several `nodes`, they meet at `rendezvous`, host:port, and all the
    processes work together. KeyboardInterrupt, once they are stopped, on SIGTERM as on SIGINT.
    """
    _interrupt_on(signal.SIGTERM, signal.SIGINT)
    os.environ[LAUNCHER] = str(os.getpid())
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    config = LaunchConfig(
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
    try:
        elastic_launch(config, sys.executable)("-m", module, *sys.argv[1:])
    except ChildFailedError as error:
        _end_line()
        sys.exit(told(error.failures, nodes * processes))
    except RendezvousError as error:
        _end_line()
        raise InputError(f"the other nodes cannot be reached at {rendezvous}, or are gone") from error
    except KeyboardInterrupt:
        _end_line()
        raise


def end_with_launcher() -> None:
    """From now on, end this process soon after its launcher, which may be killed before it can stop it."""
    launcher = int(os.environ.get(LAUNCHER, os.getppid()))

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def told(failures: dict[int, ProcessFailure], processes: int) -> str:
    """What has become of `processes` of which some, by rank, have failed, and what to do."""
    rank, failure = min(failures.items(), key=lambda found: _distance(found[1]))
    if failure.exitcode < 0:
        how = f"was killed ({signal.Signals(-failure.exitcode).name})"
        then = ": run the same command again to go on"
    else:
        how, then = "ended early", ", for the reason above"
    return f"twostream: process {rank + 1} of {processes} {how}, and the others were stopped{then}"


def _srun(module: str, nodes: int, rendezvous: str) -> list[str]:
    """The command that runs `module` with this program's arguments once a node."""
    where = ["--nodes", str(nodes), "--ntasks", str(nodes), "--ntasks-per-node", "1", "--overlap"]
    # All cores that the job has on a node, and not those of one task; and no node is to wait for one that failed.
    how = ["--cpu-bind", "none", "--kill-on-bad-exit", "--export", "ALL"]
    return ["srun", *where, *how, sys.executable, "-m", module, *sys.argv[1:], "--rendezvous", rendezvous]


def _interrupt_on(*kinds: signal.Signals) -> None:
    for kind in kinds:
        signal.signal(kind, signal.default_int_handler)


def _end_line() -> None:
    """End the line in which the bar of a process stands that was stopped."""
    with suppress(OSError):
        print(file=sys.stderr, flush=True)


def _distance(failure: ProcessFailure) -> tuple[int, int]:
    """How far a failure is from the cause of them all: others ended because a process had, or by our own SIGTERM."""
    order = 2 if failure.exitcode == -signal.SIGTERM else int(failure.exitcode >= 0)
    return order, failure.timestamp
