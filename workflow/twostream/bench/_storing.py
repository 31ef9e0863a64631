"""How fast threads store flow, a file each: by HDF5's own filters, under its one lock, and compressed outside of it."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twostream.bench import timing
from twostream.compute import workers
from twostream.files import hdf5
from twostream.flow.quantise import Stored
from twostream.stacks import codecs

Store = Callable[[h5py.Group, Sequence[Stored]], None]

COPIES = 12
"""How often the flow of every pair is stored, so that a thread has enough to do."""


def measure(fields: Sequence[Stored], rounds: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return how many of `fields` (2, height, width), all of one size, are stored a second, and the lock's share."""
    fields = [*fields] * COPIES
    ways: dict[str, Store] = {"by HDF5's filters": store_by_hdf5, "outside its lock": store}
    counts = sorted({1, workers.cores(2), workers.cores(None)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {
            f"{way}, {count}": partial(store_in_threads, folder, ways[way], fields, count)
            for way in ways
            for count in counts
        }
        runs["lock"] = partial(store_compressed, folder, fields, compressed(folder, fields))
        seconds = timing.take_turns(runs, rounds)
    lock = min(seconds.pop("lock")) / len(fields)
    rows = [row(way, count, min(seconds[f"{way}, {count}"]), len(fields)) for way in ways for count in counts]
    one, most = rows[len(counts)], rows[-1]
    return rows, {
        "lock_microseconds": 1e6 * lock,
        "compress_ms": one["ms a pair"],
        "lock_bound_pairs_per_second": 1 / lock,
        "stored_pairs_per_second": most["pairs a second"],
        **{
            f"{name}_{count}_over_1": timing.speedup(seconds, f"{way}, {count}", f"{way}, 1") * count
            for name, way in zip(("hdf5", "outside"), ways, strict=True)
            for count in counts[1:]
        },
    }


def store(group: h5py.Group, fields: Sequence[Stored]) -> None:
    """Store `fields` as the workflow does."""
    codecs.write(group, iter(fields), len(fields), "zstd", 0)


def store_by_hdf5(group: h5py.Group, fields: Sequence[Stored]) -> None:
    """Store `fields` by HDF5's own filters."""
    dense = create(group, fields)
    for t, field in enumerate(fields):
        dense[t] = field


def store_compressed(folder: Path, fields: Sequence[Stored], encoded: Sequence[bytes]) -> None:
    """Store `fields` that are compressed already, as `encoded`: the part of storing that HDF5's lock covers."""
    with hdf5.create(folder / "lock.h5") as file:
        dense = create(file, fields)
        for t, chunk in enumerate(encoded):
            dense.id.write_direct_chunk((t, 0, 0, 0), chunk)


def compressed(folder: Path, fields: Sequence[Stored]) -> list[bytes]:
    """Return the stored bytes of each of `fields`."""
    with hdf5.create(folder / "source.h5") as file:
        store(file, fields)
        return [file["dense"].id.read_direct_chunk((t, 0, 0, 0))[1] for t in range(len(fields))]


def create(group: h5py.Group, fields: Sequence[Stored]) -> h5py.Dataset:
    """Return a new data set for `fields`, as the codec `zstd` has it."""
    shape = fields[0].shape
    options = codecs.LOSSLESS["zstd"]
    return group.create_dataset(
        "dense", (len(fields), *shape), np.uint8, chunks=(1, *shape), fletcher32=True, **options
    )


def store_in_threads(folder: Path, store_fields: Store, fields: Sequence[Stored], count: int) -> None:
    """Store `fields` in each of `count` threads, in a file of its own."""

    def write(number: int) -> None:
        with hdf5.create(folder / f"{number}.h5") as file:
            store_fields(file, fields)

    workers.map_videos(write, range(count), f"{count} threads", count)


def row(way: str, count: int, seconds: float, pairs: int) -> dict[str, Any]:
    """Return the row of a way in which each of `count` threads stored `pairs` pairs in `seconds`."""
    rate = count * pairs / seconds
    return {"stored": way, "threads": count, "pairs a second": rate, "ms a pair": 1000 / rate}
