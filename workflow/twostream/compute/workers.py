"""Many videos at once, with a progress bar."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from twostream.compute import cluster
from twostream.compute.progress import Progress, show

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores(limit: int | None) -> int:
    """Return the number of cores that this process may use, at most `limit` where that is not None."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable if limit is None else max(1, min(limit, usable))


def progress(items: Iterable[Item], label: str, unit: str, total: int | None = None) -> Progress[Item]:
    """Return `items`, whose progress is shown on stderr; a task of less than a second shows none."""
    return show(items, label, unit, total=total, delay=1)


def map_threads(
    function: Callable[[Item], Result], items: Sequence[Item], label: str, unit: str, workers: int
) -> Iterator[Result]:
    """Yield `function` of every item, in order, computed in threads; on an error or Ctrl-C those not begun are left."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(cores(workers)) as pool:
        results = [pool.submit(function, item) for item in items]
        try:
            for result in progress(results, label, unit):
                yield result.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def map_videos(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    label: str,
    workers: int,
    scheduler: str = "threads",
) -> list[Result]:
    """Return `function` of every item, in order, by dask's `threads` or `processes`, or at the address of a cluster."""
    if cluster.is_address(scheduler):
        with progress(items, label, "video") as bar:
            return cluster.compute(function, items, label, scheduler, bar.update)
    from dask.base import compute
    from dask.callbacks import Callback
    from dask.delayed import delayed

    tasks = [delayed(function, pure=False)(item) for item in items]
    with progress(tasks, label, "video") as bar, Callback(posttask=lambda *_: bar.update()):
        return list(compute(*tasks, scheduler=scheduler, num_workers=workers))
