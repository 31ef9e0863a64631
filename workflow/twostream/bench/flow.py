"""Optical flow: every backend, and what one would use instead, on the same pairs in the same run.

OpenCV and the fused backend have one thread each; the row of two cores runs clips as the workflow does.
The distance is the mean end-point difference from OpenCV's TV-L1, in pixels. DIS and Farneback are
other algorithms, here for what they cost and how far they are from it.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from twostream.bench import _options, _storing, _truth, timing
from twostream.bench._clips import HEIGHT, WIDTH, Clip, from_folder, rendered
from twostream.bench._settings import BOUND
from twostream.bench.timing import Result
from twostream.compute import workers
from twostream.config import check
from twostream.console import run
from twostream.flow import opencv
from twostream.flow.backends import NAMES
from twostream.flow.compute import load_solver
from twostream.flow.parameters import TVL1, Flow, Grey, Solver
from twostream.flow.quantise import quantise
from twostream.videos.opencv import configure

Way = Callable[[Iterator[Grey]], Iterator[Flow]]
"""A way to compute the flow from each grey frame of a clip to the next."""

DIS, FARNEBACK = "DIS (another algorithm)", "Farneback (another algorithm)"
COPIES = 4
"""How often two cores compute every clip: with few clips, one core would be idle at the end."""

GPU_PAIRS = 128
"""Pairs that a GPU computes at once."""


def main() -> None:
    """Print a table of every way to compute flow, and their ratios as JSON; with `--truth` of their errors."""
    options = arguments()
    settings = (check.load(options.configfile) if options.configfile else check.check({}))["flow"]
    configure()
    if options.truth:
        _truth.main(options.truth, settings, options.backends)
    else:
        compare(options, TVL1.from_settings(settings["tvl1"]))


def compare(options: argparse.Namespace, parameters: TVL1) -> None:
    """Print how fast every way to compute flow is on the same pairs, and how far from OpenCV's TV-L1."""
    amounts = options.clips, options.frames
    clips = list(from_folder(options.videos, *amounts) if options.videos else rendered(*amounts))
    ways = cpu_ways(parameters)
    fields(ways["fused"], [[np.zeros((HEIGHT, WIDTH), np.uint8)] * 2])  # Compiles.
    if options.store:
        timing.show(*store(ways["fused"], clips, options.rounds))
        return
    seconds, flows = time_flows(ways, clips, options.rounds)
    opencv_seconds = min(seconds["opencv"]) / count_pairs(clips)
    results = [
        one_core(seconds, flows, count_pairs(clips)),
        two_cores(ways["fused"], clips, options.rounds),
        on_cuda(parameters, clips, flows["opencv"], opencv_seconds),
    ]
    ratios = {name: value for _, figures in results for name, value in figures.items()}
    timing.show([row for rows, _ in results for row in rows], ratios)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="twostream bench flow", description=__doc__)
    parser.add_argument("--videos", type=Path, help="a folder of videos to take the pairs from; else some are rendered")
    parser.add_argument("--clips", type=_options.count, default=4, help="how many videos")
    parser.add_argument("--frames", type=_options.count, default=3, help="of each video")
    parser.add_argument("--rounds", type=_options.count, default=3, help="how often every way is timed")
    parser.add_argument("--store", action="store_true", help="measure instead how fast threads store flow")
    parser.add_argument("--truth", type=Path, help="a folder of sequences of known flow: errors of all backends")
    parser.add_argument("--backends", nargs="+", choices=NAMES, default=NAMES, help="to compare with --truth")
    parser.add_argument("--configfile", type=Path, help="whose flow settings are used; else the defaults")
    return parser.parse_args()


def store(way: Way, clips: Sequence[Clip], rounds: int) -> Result:
    """Return how fast threads store the flow of those of `clips` that have the size of the first one."""
    alike = [clip for clip in clips if clip[0].shape == clips[0][0].shape]
    return _storing.measure([quantise(field, BOUND) for field in fields(way, alike)], rounds)


def cpu_ways(parameters: TVL1) -> dict[str, Way]:
    """Return the ways to compute flow on the CPU, by the name that the table gives them."""
    return {
        "opencv": with_parameters(opencv.solve, parameters),
        "fused": with_parameters(load_solver("fused"), parameters),
        DIS: each_pair(cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc),
        FARNEBACK: each_pair(farneback),
    }


def time_flows(
    ways: Mapping[str, Way], clips: Sequence[Clip], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[Flow]]]:
    """Return the seconds of each way in each round, and the flow it computes."""
    flows: dict[str, list[Flow]] = {}

    def compute_all(name: str) -> None:
        flows[name] = fields(ways[name], clips)

    seconds = timing.take_turns({name: partial(compute_all, name) for name in ways}, rounds)
    return seconds, flows


def one_core(seconds: Mapping[str, Sequence[float]], flows: Mapping[str, Sequence[Flow]], pairs: int) -> Result:
    """Return how fast each way computes `pairs` pairs on one core, and how far its flow is from OpenCV's."""
    rows = [
        row(name, min(seconds[name]) / pairs, timing.speedup(seconds, name, "opencv"), flows[name], flows["opencv"])
        for name in flows
    ]
    return rows, {
        "fused_over_opencv": timing.speedup(seconds, "fused", "opencv"),
        "fused_distance": distance(flows["fused"], flows["opencv"]),
        "fused_bytes_equal": bytes_equal(flows["fused"], flows["opencv"]),
        "dis_distance": distance(flows[DIS], flows["opencv"]),
        "farneback_distance": distance(flows[FARNEBACK], flows["opencv"]),
    }


def count_pairs(clips: Sequence[Clip]) -> int:
    """Return how many pairs of successive frames there are in `clips`."""
    return sum(len(clip) - 1 for clip in clips)


def with_parameters(solver: Solver, parameters: TVL1) -> Way:
    """Return `solver` as a way to compute flow with `parameters`."""
    return lambda greys: solver(greys, parameters)


def each_pair(calc: Callable[..., Any]) -> Way:
    """Return a way that calls `calc` of OpenCV, whose flow is (height, width, 2), for each pair."""
    return lambda greys: (calc(before, after, None).transpose(2, 0, 1) for before, after in pairwise(greys))


def farneback(before: Grey, after: Grey, _: None) -> Any:
    """Return Farneback's flow (height, width, 2), with the parameters that OpenCV's documentation uses."""
    return cv2.calcOpticalFlowFarneback(before, after, None, 0.5, 3, 15, 3, 5, 1.2, 0)


def fields(way: Way, clips: Sequence[Clip]) -> list[Flow]:
    """Return the flow of all pairs of `clips`."""
    return list(chain.from_iterable(way(iter(clip)) for clip in clips))


def distance(ours: Sequence[Flow], theirs: Sequence[Flow]) -> float:
    """Return the mean end-point difference, in pixels."""
    return float(np.mean([np.hypot(*(a - b)).mean() for a, b in zip(ours, theirs, strict=True)]))


def bytes_equal(ours: Sequence[Flow], theirs: Sequence[Flow]) -> float:
    """Return the fraction of the stored bytes that are the same, with the default bound."""
    same = [(quantise(a, BOUND) == quantise(b, BOUND)).mean() for a, b in zip(ours, theirs, strict=True)]
    return float(np.mean(same))


def row(name: str, seconds: float, faster: float, ours: Sequence[Flow], theirs: Sequence[Flow]) -> dict[str, Any]:
    """Return the row of the way `name`, on one core, which takes `seconds` a pair."""
    return {
        "way": name,
        "cores": 1,
        "pairs a second": 1 / seconds,
        "ms a pair": 1000 * seconds,
        "times opencv": faster,
        "distance": distance(ours, theirs),
        "bytes equal": bytes_equal(ours, theirs),
    }


def two_cores(fused: Way, clips: Sequence[Clip], rounds: int) -> Result:
    """Return how much faster two cores are than one, a clip each, as a job of the workflow shares out its videos."""
    if workers.cores(2) < 2:
        return [], {}
    many = [clip for _ in range(COPIES) for clip in clips]

    def compute_on(count: int) -> None:
        workers.map_videos(lambda clip: len(list(fused(iter(clip)))), many, f"{count} cores", count)

    seconds = timing.take_turns({"one": partial(compute_on, 1), "two": partial(compute_on, 2)}, rounds)
    best = min(seconds["two"]) / count_pairs(many)
    best_row = {"way": "fused", "cores": 2, "pairs a second": 1 / best, "ms a pair": 1000 * best}
    return [best_row], {"fused_two_cores_over_one": timing.speedup(seconds, "two", "one")}


def on_cuda(parameters: TVL1, clips: Sequence[Clip], theirs: Sequence[Flow], opencv_seconds: float) -> Result:
    """Compare the torch backend, where there is CUDA, with OpenCV on all cores, at `opencv_seconds` a pair on one."""
    import torch

    if not torch.cuda.is_available():
        return [], {}
    cores = workers.cores(os.cpu_count() or 1)
    torch_way = with_parameters(load_solver("torch", "cuda", GPU_PAIRS), parameters)
    ours = fields(torch_way, clips)
    long = list(islice(_to_and_fro(clips[0]), GPU_PAIRS + 1))
    fields(torch_way, [long])
    seconds = timing.take_turns({"torch": partial(fields, torch_way, [long])}, 3)
    best = min(seconds["torch"]) / GPU_PAIRS
    opencv_here = opencv_seconds / cores
    name = f"torch on {torch.cuda.get_device_name()}"
    return [row(name, best, opencv_here / best, ours, theirs) | {"cores": f"against opencv on {cores}"}], {
        "torch_pairs_per_second": 1 / best,
        "torch_over_opencv_on_all_cores": opencv_here / best,
        "torch_distance": distance(ours, theirs),
        "torch_bytes_equal": bytes_equal(ours, theirs),
    }


def _to_and_fro(clip: Clip) -> Iterator[Grey]:
    """Yield the frames of `clip` forwards and backwards, again and again."""
    while True:
        yield from clip
        yield from clip[-2:0:-1]


if __name__ == "__main__":
    run(main)
