"""Start a step in many processes, one a GPU, as torchrun does."""

import logging
import os
import signal
import sys
import threading
import time
import uuid
from contextlib import suppress

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

LAUNCHER = "TWOSTREAM_LAUNCHER"
"""The variable that tells a process which other one has launched it."""


def launch(module: str, processes: int) -> None:
    """Run `module` with this program's arguments in `processes` processes; exit where one of them does not end well.

    KeyboardInterrupt, once they are stopped, on SIGTERM as on SIGINT.
    """
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, signal.default_int_handler)
    os.environ[LAUNCHER] = str(os.getpid())
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        signals_to_handle="",  # Torch would pass a SIGINT on, and each process would say that it was interrupted.
    )
    try:
        elastic_launch(config, sys.executable)("-m", module, *sys.argv[1:])
    except ChildFailedError as error:
        _end_line()
        sys.exit(told(error.failures, processes))
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


def _end_line() -> None:
    """End the line in which the bar of a process stands that was stopped."""
    with suppress(OSError):
        print(file=sys.stderr, flush=True)


def _distance(failure: ProcessFailure) -> tuple[int, int]:
    """How far a failure is from the cause of them all: others ended because a process had, or by our own SIGTERM."""
    order = 2 if failure.exitcode == -signal.SIGTERM else int(failure.exitcode >= 0)
    return order, failure.timestamp
