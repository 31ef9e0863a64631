"""Videos on a cluster of dask.distributed, a bounded number of them at a time.

What is made of a video is large and does not travel through the cluster: a worker writes it to the folder that it
shares with this process, and returns where. Importing this module loads no dask.
"""

import asyncio
import logging
import os
import time
import uuid
import warnings
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from twostream import console, text
from twostream.errors import RERUN, InputError

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

CLUSTER_VARIABLE = "TWOSTREAM_SHOWN_CLUSTER"
"""The variable by which the processes that this one starts learn which cluster the user has been told of."""
SECONDS_TO_CONNECT = 10
SECONDS_WITHOUT_WORKERS = 300
"""How long a job waits for a first worker, or for another one: many clusters start them where there is work."""
SECONDS_BETWEEN_LOOKS = 3
"""After which the number of workers is looked at again."""
VIDEOS_A_THREAD = 2
"""Videos that a job has on the cluster for each thread of its workers, so that none of these waits for the next."""
EQUAL = ("python", "dask", "distributed", "twostream")
"""What is to be of one version here and in the workers, and but for twostream in the scheduler.

What decides bits the workers check themselves."""
UNLOADABLE = "the job cannot be loaded"
"""What a worker answers that lacks the package, or has another one."""
INSTALL = "install the extra `cluster`, in one version, there and here"


def is_address(scheduler: str) -> bool:
    """Return whether `scheduler`, the setting, is the address of a cluster: the others are ways of one machine."""
    return "://" in scheduler


def check(address: str) -> None:
    """Say once what is at `address`; raise InputError where no videos can be computed there."""
    with _connected(address):
        pass


def compute(
    function: Callable[[Item], Result], items: Sequence[Item], label: str, address: str, count: Callable[[], object]
) -> list[Result]:
    """Return `function` of every item, in order, computed at `address`; `count` is called after each.

    What has not begun when this is left, as by Ctrl-C, is taken back. InputError where the cluster cannot be used or is
    lost, and for an item whose workers were killed one after another.
    """
    results: dict[int, Result] = {}
    running: dict[Future[Result], int] = {}
    waiting = iter(enumerate(items))
    with _connected(address) as client:
        call, pack = _packed(function)
        crew = _Crew(client, address)
        try:
            while len(results) < len(items):
                for index, item in islice(waiting, max(0, crew.room() - len(running))):
                    running[client.submit(call, pack(item), key=f"{label}-{uuid.uuid4().hex}", pure=False)] = index
                for future in _done(running, address):
                    index = running.pop(future)
                    results[index] = _result(future, items[index], address)
                    count()
        finally:
            with suppress(Exception):
                client.cancel(list(running))
    return [results[index] for index in range(len(items))]


class _Crew:
    """The workers of a cluster, which come and go."""

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self._address = client, address
        self._threads = 0
        self._looked = -float("inf")
        self._last_there = time.monotonic()
        self._has_warned = False

    def room(self) -> int:
        """Return how many items to have on the cluster; InputError where it has had no worker for long."""
        now = time.monotonic()
        if now - self._looked >= SECONDS_BETWEEN_LOOKS:
            self._looked = now
            self._threads = self._count()
            self._mind_absence(now)
        return VIDEOS_A_THREAD * max(1, self._threads)

    def _count(self) -> int:
        """Return the threads of all workers; InputError where the scheduler is gone."""
        try:
            return sum(self._client.nthreads().values())
        except OSError as error:  # Which those of dask's connections are too.
            raise _lost(self._address) from error

    def _mind_absence(self, now: float) -> None:
        if self._threads:
            self._last_there, self._has_warned = now, False
            return
        problem = "has no worker"
        if now - self._last_there >= SECONDS_WITHOUT_WORKERS:
            raise InputError(self._address, problem, f"run `dask worker {self._address}` where the cores are")
        if not self._has_warned:
            self._has_warned = True
            patience = text.duration(SECONDS_WITHOUT_WORKERS)
            console.warn(
                self._address, f"{problem}; waiting {patience} for one: `dask worker {self._address}` starts it"
            )


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    """Yield a client of the cluster at `address`, of which the user has been told."""
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ModuleNotFoundError as error:
        raise InputError("compute.scheduler", f"is {address}, and {error.name} is not installed", INSTALL) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)  # What matters is said in one line.
    warnings.simplefilter("ignore", VersionMismatchWarning)
    try:
        _greet(address)
        client = Client(address, timeout=SECONDS_TO_CONNECT)
    except Exception as error:  # Whatever listens there may answer anything.
        reason = " ".join(str(error).split()) or type(error).__name__
        problem = f"no scheduler of dask answers there ({reason:.150})"
        raise InputError(
            f"compute.scheduler: {address}", problem, "run `dask scheduler`, or mend the address"
        ) from error
    with client:
        _check_versions(client, address)
        _tell(client, address)
        yield client


def _greet(address: str) -> None:
    """Raise an error where what listens at `address` does not greet as dask does: a client would wait for ever."""
    from distributed import Security
    from distributed.comm.core import connect

    async def greet() -> None:
        arguments = Security().get_connection_args("client")
        async with asyncio.timeout(2 * SECONDS_TO_CONNECT):
            comm = await connect(address, timeout=SECONDS_TO_CONNECT, **arguments)
        comm.abort()

    # Snakemake may have a loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, greet()).result()
        except TimeoutError as error:
            raise TimeoutError(str(error) or "what listens there is silent") from error


def _check_versions(client: "Client", address: str) -> None:
    """Raise InputError where the scheduler or a worker has another version of what is to be equal."""
    versions: Any = client.get_versions(packages=["twostream"])
    here = versions["client"]["packages"]
    others = {f"the scheduler {address}": versions["scheduler"]}
    others |= {f"the worker {worker}": of_worker for worker, of_worker in versions["workers"].items()}
    for name, there in others.items():
        for package in EQUAL:
            own, other = here.get(package), (there or {}).get("packages", {}).get(package)
            # A package that is not installed may be on the path.
            if own and other and own != other and (there is not versions["scheduler"] or package != "twostream"):
                raise InputError(name, f"has {package} {other}, and this job has {own}", INSTALL)


def _tell(client: "Client", address: str) -> None:
    """Say, once for all processes of a run, what is at `address` and where it can be watched."""
    if os.environ.get(CLUSTER_VARIABLE) != address:
        os.environ[CLUSTER_VARIABLE] = address
        threads = client.nthreads()
        counts = f"{text.counted(len(threads), 'worker')} with {text.counted(sum(threads.values()), 'thread')}"
        console.inform(f"videos are computed at {address}, by {counts}; dashboard: {client.dashboard_link}")


def _packed(function: Callable[[Item], Result]) -> tuple[Callable[[bytes], Result], Callable[[Item], bytes]]:
    """Return what calls `function` on a worker, and what makes the bytes that it takes of an item.

    A worker that could not load what it is sent would end without a word, and so might the scheduler. This it can load,
    since a function within a function travels by its code, and it says what it cannot.
    """
    from distributed.protocol.pickle import dumps

    packed, unloadable = dumps(function), UNLOADABLE

    def call(item: bytes) -> Any:  # A type of this module would be loaded with it.
        from distributed.protocol.pickle import loads

        try:
            unpacked, argument = loads(packed), loads(item)
        except Exception as error:
            import socket

            raise RuntimeError(unloadable, socket.gethostname(), f"{type(error).__name__}: {error}") from None
        return unpacked(argument)

    return call, dumps


def _done(running: "dict[Future[Result], int]", address: str) -> "list[Future[Result]]":
    """Return which of the `running` have ended; after some seconds none."""
    from distributed import wait

    try:
        return list(wait(list(running), timeout=SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []
    except CancelledError as error:
        raise _lost(address) from error


def _lost(address: str) -> InputError:
    return InputError(address, "the cluster was stopped, and its work is lost", RERUN)


def _result(future: "Future[Result]", item: Any, address: str) -> Result:
    """Return the result of `future`, which has ended; raise InputError where the cluster is what failed."""
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        problem = f"{error.allowed_failures + 1} workers were killed while they had it, one after another"
        remedy = f"give the workers more memory, or delete this video if their logs name nothing else; then {RERUN}"
        raise InputError(getattr(item, "id", item), problem, remedy) from error
    except CancelledError as error:
        raise _lost(address) from error
    except RuntimeError as error:
        if error.args[:1] != (UNLOADABLE,):
            raise
        _, host, reason = error.args
        raise InputError(f"the worker on {host}", f"cannot load this job ({reason:.150})", INSTALL) from error
