"""Many videos at once, with a progress bar."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

SECONDS_BETWEEN_UPDATES = 2.0


def cores(asked: int | None) -> int:
    """`asked`, or as many cores as this process may use, if these are fewer or no number is asked for."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return there if asked is None else max(1, min(asked, there))


def bar(items: Iterable[Item], label: str, unit: str, total: int | None = None) -> "tqdm[Item]":
    return tqdm(
        items, desc=label, unit=unit, total=total, mininterval=SECONDS_BETWEEN_UPDATES, delay=1, file=sys.stderr
    )


def each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    label: str,
    workers: int,
    scheduler: str = "threads",
) -> list[Result]:
    """`function` of every item, in order, by dask's `threads` or `processes`."""
    import dask
    from tqdm.dask import TqdmCallback

    tasks = [dask.delayed(function, pure=False)(item) for item in items]
    with TqdmCallback(desc=label, unit="video", mininterval=SECONDS_BETWEEN_UPDATES, file=sys.stderr):
        return list(dask.compute(*tasks, scheduler=scheduler, num_workers=workers))
