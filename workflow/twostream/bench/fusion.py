"""The whole grid of fusions against plain NumPy loops, at UCF101's size, and in how little memory Kinetics-400's goes.

The scores are made up. Two loops are timed, each on some of the combinations, and their time is extended to
all by the combination: `plain` makes each from the samples, as one line after another says; `hoisted` normalises
and pools once for all that share it. What they count must be what the grid counts, to the last video.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np

from twostream.bench import timing
from twostream.fusion import counting, grid, rules
from twostream.fusion.grid import Block, Grid
from twostream.fusion.normalisation import NORMALISATIONS
from twostream.fusion.pooling import POOLINGS
from twostream.fusion.rules import STRATEGIES, PooledStream

SIZES = {"ucf101": (3783, 19, 101, 2), "kinetics400": (19796, 25, 400, 3)}
"""Videos, samples, classes, streams."""
TEMPERATURES = (3.0, 5.0, 4.0)
HOISTED_BLOCKS = 3


def main() -> None:
    made = argparse.ArgumentParser(prog="twostream bench fusion", description=__doc__)
    made.add_argument("--only", choices=SIZES, help="one size instead of both")
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--step", type=float, default=0.01, help="of the grid of weights")
    made.add_argument("--scores", type=Path, help=argparse.SUPPRESS)
    chosen = made.parse_args()
    if chosen.scores:
        measure = compare if chosen.only == "ucf101" else pass_over
        print(json.dumps(measure(chosen)))
        return
    found = {name: _in_a_process(name, chosen) for name in SIZES if chosen.only in (None, name)}
    ratios = {f"{name}_{figure}": value for name, (_, figures) in found.items() for figure, value in figures.items()}
    timing.show([row for rows, _ in found.values() for row in rows], ratios)


def compare(chosen: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The grid and both loops, in turn."""
    with h5py.File(chosen.scores) as file:
        streams, labels = [file[name][:] for name in sorted(file) if name != "label"], file["label"][:]
    whole = _grid(len(streams), chosen.step)
    folds = np.zeros(len(labels), np.int64)
    counting.hits([stream[:64] for stream in streams], labels[:64], folds[:64], whole, TEMPERATURES[:2], 1)  # compiles
    rng = np.random.default_rng(0)
    few = [(int(rng.integers(len(whole.blocks))), int(rng.integers(whole.ways))) for _ in range(10)]
    some = [(int(b), way) for b in rng.choice(len(whole.blocks), HOISTED_BLOCKS, False) for way in range(whole.ways)]
    counted: dict[str, Any] = {}

    core_seconds: dict[str, float] = {}

    def count(name: str, way: Any) -> None:
        began = time.process_time()
        counted[name] = way()
        core_seconds[name] = time.process_time() - began

    ways = {
        "grid": partial(counting.hits, streams, labels, folds, whole, TEMPERATURES[: len(streams)], chosen.threads),
        "plain": partial(_plain, streams, labels, whole, few),
        "hoisted": partial(_plain, streams, labels, whole, some),
    }
    seconds = timing.take_turns({name: partial(count, name, way) for name, way in ways.items()}, chosen.rounds)
    for name, places in (("plain", few), ("hoisted", some)):
        ours = [counted["grid"][b, way, :, 0].tolist() for b, way in places]
        if ours != counted[name]:
            sys.exit(f"twostream: the {name} loop counts other videos than the grid")
        seconds[name] = [took / len(places) * whole.size for took in seconds[name]]
    rows = [
        {
            "size": "ucf101",
            "way": name,
            "combinations": whole.size,
            "run": run,
            "seconds": float(np.median(seconds[name])),
        }
        for name, run in (("grid", whole.size), ("plain", len(few)), ("hoisted", len(some)))
    ]
    return rows, {
        "combinations": whole.size,
        "seconds": round(float(np.median(seconds["grid"])), 2),
        "core_seconds": round(core_seconds["grid"], 2),
        "gigabytes": _peak(),
        "grid_over_plain": round(timing.speedup(seconds, "grid", "plain"), 1),
        "grid_over_hoisted": round(timing.speedup(seconds, "grid", "hoisted"), 1),
        "same_accuracies": True,
    }


def pass_over(chosen: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The grid alone, its scores read from the file slice by slice."""
    with h5py.File(chosen.scores) as file:
        streams, labels = [file[name] for name in sorted(file) if name != "label"], file["label"][:]
        whole = _grid(len(streams), 0.1)
        folds = np.zeros(len(labels), np.int64)
        counting.hits([stream[:8] for stream in streams], labels[:8], folds[:8], whole, TEMPERATURES, 1)
        seconds = timing.take_turns(
            {"grid": partial(counting.hits, streams, labels, folds, whole, TEMPERATURES, chosen.threads)}, 1
        )["grid"][0]
    row = {"size": "kinetics400", "way": "grid", "combinations": whole.size, "run": whole.size, "seconds": seconds}
    return [row], {"combinations": whole.size, "seconds": round(seconds, 2), "gigabytes": _peak()}


def _plain(streams: list[Any], labels: np.ndarray, whole: Grid, places: list[tuple[int, int]]) -> list[list[int]]:
    """First and first five right of each place of the grid; a block is made again only where it changes."""
    found, last, views = [], -1, list[PooledStream]()
    for b, way in places:
        if b != last:
            views, last = _views(streams, whole.blocks[b]), b
        first_five = np.argsort(-grid.fuse(views, whole, way), axis=1, kind="stable")[:, :5]
        right = first_five == labels[:, None]
        found.append([int(right[:, 0].sum()), int(right.any(axis=1).sum())])
    return found


def _views(streams: list[Any], block: Block) -> list[PooledStream]:
    return grid.pool([stream.astype(np.float64) for stream in streams], block, TEMPERATURES[: len(streams)])


def _grid(streams: int, step: float) -> Grid:
    blocks = grid.blocks(list(NORMALISATIONS), list(POOLINGS), streams, mixed=streams == 2)
    return Grid(blocks, tuple(STRATEGIES), rules.simplex(streams, step))


def _in_a_process(name: str, chosen: argparse.Namespace) -> Any:
    """Measured in a process of its own, whose peak of memory is the grid's; what it says last."""
    with TemporaryDirectory() as folder:
        scores = _make_up(Path(folder) / "scores.h5", *SIZES[name])
        command = [sys.executable, __file__, "--only", name, "--scores", str(scores), "--rounds", str(chosen.rounds)]
        command += ["--threads", str(chosen.threads), "--step", str(chosen.step)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _make_up(path: Path, videos: int, samples: int, classes: int, streams: int) -> Path:
    """Logits that are right in most videos, written some at a time."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, videos)
    with h5py.File(path, "w") as file:
        file["label"] = labels
        for s in range(streams):
            stored = file.create_dataset(f"stream{s}", (videos, samples, classes), np.float32)
            for start in range(0, videos, 512):
                own = labels[start : start + 512]
                base = rng.normal(0, 1, (len(own), 1, classes)) + (1.8 + 0.3 * s) * np.eye(classes)[own][:, None]
                stored[start : start + 512] = 3 * (base + rng.normal(0, 0.7, (len(own), samples, classes)))
    return path


def _peak() -> float:
    """The most memory that this process ever held, GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


if __name__ == "__main__":
    main()
