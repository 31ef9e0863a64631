"""Time the whole grid of fusions against plain NumPy loops at UCF101's size, and alone at Kinetics-400's.

The scores are drawn at random. Two loops are timed, each on some of the combinations, and their time is extended to
all in proportion: `plain` computes each combination from the samples; `hoisted` normalises and pools once for all
combinations that share it. They must count the same videos as the grid, to the last one.

With `--data`, the rows that fusion reports on published scores and what each gains over the average and over `scales`,
with paired intervals by recording. With `--streams`, how long a whole fusion of so many streams takes.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np

from twostream.bench import _fusion_gains, _fusion_speed, _options, timing
from twostream.bench.timing import Result
from twostream.console import run
from twostream.errors import InputError
from twostream.fusion import counting, grid, rules
from twostream.fusion.grid import Block, Grid
from twostream.fusion.normalisation import NORMALISATIONS
from twostream.fusion.pooling import POOLINGS
from twostream.fusion.rules import STRATEGIES, PooledStream
from twostream.metrics import Labels, Scores

SIZES = {"ucf101": (3783, 19, 101, 2), "kinetics400": (19796, 25, 400, 3)}
"""Videos, samples, classes, streams."""
TEMPERATURES = (3.0, 5.0, 4.0)
HOISTED_BLOCKS = 3

Combination = tuple[int, int]
"""A block of the grid, and one of its ways to fuse."""


def main() -> None:
    """Measure each size in a process of its own, whose peak of memory is the grid's."""
    options = arguments()
    if options.data:
        table = [row for data in options.data for row in _fusion_gains.rows(data, options.threads)]
        timing.show(table, _fusion_gains.ratios(table))
        return
    if options.streams:
        _show_speed(options)
        return
    if options.scores:
        measure = compare if options.only == "ucf101" else pass_over
        print(json.dumps(measure(options)))
        return
    measured = {name: _in_a_process(name, options) for name in SIZES if options.only in (None, name)}
    ratios = {f"{name}_{figure}": value for name, (_, figures) in measured.items() for figure, value in figures.items()}
    timing.show([row for rows, _ in measured.values() for row in rows], ratios)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="twostream bench fusion", description=__doc__)
    parser.add_argument("--only", choices=SIZES, help="one size instead of both")
    parser.add_argument("--rounds", type=_options.count, default=3)
    parser.add_argument("--threads", type=_options.count, default=2)
    parser.add_argument("--step", type=_options.step, default=0.01, help="of the grid of weights")
    parser.add_argument("--data", action="append", metavar="FOLDER[:STREAM,...]", help=_fusion_gains.HELP)
    streams = "instead, a whole fusion of so many streams, each at the size of UCF101's test list"
    parser.add_argument("--streams", type=_options.count, nargs="+", help=streams)
    parser.add_argument("--scores", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _show_speed(options: argparse.Namespace) -> None:
    """Measure each number of streams in a process of its own, whose peak of memory is that fusion's."""
    if len(options.streams) == 1:
        row = _fusion_speed.measure(options.streams[0], options.threads)
        timing.show([row], row)
        return
    rows = []
    for streams in options.streams:
        command = [sys.executable, "-m", "twostream.bench.fusion", "--streams", str(streams)]
        command += ["--threads", str(options.threads)]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(process.stdout.splitlines()[-1]))
    timing.show(rows, {f"seconds_of_{row['streams']}_streams": row["seconds"] for row in rows})


def compare(options: argparse.Namespace) -> Result:
    """Return what the grid and both loops take, in turn; InputError where they count different videos."""
    with h5py.File(options.scores) as file:
        streams, labels = [file[name][:] for name in sorted(file) if name != "label"], file["label"][:]
    whole, folds = _grid(len(streams), options.step), np.zeros(len(labels), np.int64)
    temperatures = TEMPERATURES[: len(streams)]
    # The first call compiles.
    counting.hits([stream[:64] for stream in streams], labels[:64], folds[:64], whole, temperatures, 1)
    combinations = _combinations(whole)
    ways: dict[str, Callable[[], Any]] = {
        "grid": partial(counting.hits, streams, labels, folds, whole, temperatures, options.threads),
        "plain": partial(_plain, streams, labels, whole, combinations["plain"]),
        "hoisted": partial(_plain, streams, labels, whole, combinations["hoisted"]),
    }
    counted, core_seconds, seconds = _take_turns(ways, options.rounds)
    for name, some in combinations.items():
        _check_counts(name, counted, some)
        seconds[name] = [duration / len(some) * whole.size for duration in seconds[name]]
    counts = {"grid": whole.size} | {name: len(some) for name, some in combinations.items()}
    rows = [_row("ucf101", name, whole, count, float(np.median(seconds[name]))) for name, count in counts.items()]
    return rows, {
        "combinations": whole.size,
        "seconds": round(float(np.median(seconds["grid"])), 2),
        "core_seconds": round(core_seconds["grid"], 2),
        "gigabytes": _peak(),
        "grid_over_plain": round(timing.speedup(seconds, "grid", "plain"), 1),
        "grid_over_hoisted": round(timing.speedup(seconds, "grid", "hoisted"), 1),
        "same_accuracies": True,
    }


def pass_over(options: argparse.Namespace) -> Result:
    """Return what the grid takes alone, its scores read from the file slice by slice."""
    with h5py.File(options.scores) as file:
        streams, labels = [file[name] for name in sorted(file) if name != "label"], file["label"][:]
        whole, folds = _grid(len(streams), 0.1), np.zeros(len(labels), np.int64)
        counting.hits([stream[:8] for stream in streams], labels[:8], folds[:8], whole, TEMPERATURES, 1)
        way = partial(counting.hits, streams, labels, folds, whole, TEMPERATURES, options.threads)
        seconds = timing.take_turns({"grid": way}, 1)["grid"][0]
    row = _row("kinetics400", "grid", whole, whole.size, seconds)
    return [row], {"combinations": whole.size, "seconds": round(seconds, 2), "gigabytes": _peak()}


def _combinations(whole: Grid) -> dict[str, list[Combination]]:
    """Return the combinations that each loop makes: single ones, and all of a few blocks."""
    rng = np.random.default_rng(0)
    single = [(int(rng.integers(len(whole.blocks))), int(rng.integers(whole.ways))) for _ in range(10)]
    blocks = rng.choice(len(whole.blocks), HOISTED_BLOCKS, False)
    return {"plain": single, "hoisted": [(int(b), way) for b in blocks for way in range(whole.ways)]}


def _take_turns(
    ways: Mapping[str, Callable[[], Any]], rounds: int
) -> tuple[dict[str, Any], dict[str, float], dict[str, list[float]]]:
    """Return what each way counts, its seconds of all cores in the last round, and its seconds in each round."""
    counted: dict[str, Any] = {}
    core_seconds: dict[str, float] = {}

    def run_way(name: str) -> None:
        began = time.process_time()
        counted[name] = ways[name]()
        core_seconds[name] = time.process_time() - began

    seconds = timing.take_turns({name: partial(run_way, name) for name in ways}, rounds)
    return counted, core_seconds, seconds


def _check_counts(name: str, counted: Mapping[str, Any], combinations: Sequence[Combination]) -> None:
    """Raise InputError where the loop `name` counts other videos than the grid."""
    ours = [counted["grid"][b, way, :, 0].tolist() for b, way in combinations]
    if ours != counted[name]:
        raise InputError("bench fusion", f"the {name} loop counts other videos than the grid", "mend the grid")


def _row(size: str, way: str, whole: Grid, count: int, seconds: float) -> dict[str, Any]:
    """Return the row of a way that ran `count` of the combinations, of which all take so many `seconds`."""
    return {"size": size, "way": way, "combinations": whole.size, "run": count, "seconds": seconds}


def _plain(
    streams: Sequence[Scores], labels: Labels, whole: Grid, combinations: Sequence[Combination]
) -> list[list[int]]:
    """Return of each combination how many videos are right first, and among the first five.

    A block is computed again only where it changes.
    """
    counts, last, views = [], -1, list[PooledStream]()
    for b, way in combinations:
        if b != last:
            views, last = _pool(streams, whole.blocks[b]), b
        first_five = np.argsort(-grid.fuse(views, whole, way), axis=1, kind="stable")[:, :5]
        right = first_five == labels[:, None]
        counts.append([int(right[:, 0].sum()), int(right.any(axis=1).sum())])
    return counts


def _pool(streams: Sequence[Scores], block: Block) -> list[PooledStream]:
    return grid.pool([stream.astype(np.float64) for stream in streams], block, TEMPERATURES[: len(streams)])


def _grid(streams: int, step: float) -> Grid:
    blocks = grid.blocks(list(NORMALISATIONS), list(POOLINGS), streams, mixed=streams == 2)
    return Grid(blocks, tuple(STRATEGIES), rules.simplex(streams, step))


def _in_a_process(name: str, options: argparse.Namespace) -> Any:
    """Return what a process of its own measures, which it prints as its last line."""
    with TemporaryDirectory() as folder:
        scores = _make_up(Path(folder) / "scores.h5", *SIZES[name])
        command = [sys.executable, "-m", "twostream.bench.fusion", "--only", name, "--scores", str(scores)]
        command += ["--rounds", str(options.rounds), "--threads", str(options.threads), "--step", str(options.step)]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(process.stdout.splitlines()[-1])


def _make_up(path: Path, videos: int, samples: int, classes: int, streams: int) -> Path:
    """Write logits that are right in most videos, some at a time, and return `path`."""
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
    """Return the most memory that this process ever held, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


if __name__ == "__main__":
    run(main)
