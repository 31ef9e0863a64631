"""Batches, loaded by processes beside the one that computes."""

from collections.abc import Iterable
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from twostream.streams import buffers
from twostream.videos.opencv import configure


def load(
    batches: Dataset[Any], order: Iterable[Any], workers: int, pin_memory: bool = False, start_method: str | None = None
) -> DataLoader[Any]:
    """Return a loader of `batches` in that `order`: `workers` processes that live as long as the loader.

    Processes are started by `start_method` (fork, spawn), or as the system does it; with none, the caller's process
    loads. A batch holds until the next is asked for. With `pin_memory` it is copied into pinned memory.
    """
    configure()  # Before the fork, which OpenCV's own threads would not survive.
    return DataLoader(
        batches,
        sampler=order,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=buffers.AHEAD if workers else None,
        persistent_workers=workers > 0,
        multiprocessing_context=start_method if workers else None,
        pin_memory=pin_memory,
        worker_init_fn=_start_worker,
        generator=torch.Generator(),  # Its own: the default one would draw from the network's random numbers.
    )


def _start_worker(number: int) -> None:
    configure()
