"""The parts of the self-test, which runs them in a process of their own: what each measures, at which scale.

Every part returns its figures by name, as the last line of the self-test has them.
"""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from twostream.bench import _clips
from twostream.bench._clips import Clip
from twostream.bench._settings import BOUND, STREAM, TVL1_DEFAULTS
from twostream.cache import environment
from twostream.compute import workers
from twostream.errors import InputError
from twostream.flow.parameters import TVL1, Pair
from twostream.flow.quantise import Stored, quantise
from twostream.videos.opencv import configure

Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is measured, and on what."""

    device: str
    architecture: str
    size: int
    batch: int
    steps: int
    scored: int
    clips: int
    frames: int
    height: int
    width: int
    pairs_at_once: int
    most_pairs: int
    samples: int


GPU = Scale(
    device="cuda",
    architecture="resnet101",
    size=224,
    batch=32,
    steps=100,
    scored=200,
    clips=16,
    frames=5,
    height=_clips.HEIGHT,
    width=_clips.WIDTH,
    pairs_at_once=128,
    most_pairs=2048,
    samples=256,
)
DRY = Scale(
    device="cpu",
    architecture="resnet18",
    size=32,
    batch=2,
    steps=2,
    scored=1,
    clips=1,
    frames=2,
    height=32,
    width=40,
    pairs_at_once=1,
    most_pairs=1,
    samples=8,
)
SECONDS_OF_FLOW = 2.0
"""So long pairs are computed again and again, for their number a second."""


def machine(scale: Scale, _: Path | None) -> Figures:
    """Say what is measured on; InputError where torch finds no GPU for it."""
    if scale.device == "cpu":
        return {"device": environment.processor(), **_versions()}
    if not torch.cuda.is_available():
        raise InputError("--gpu", "torch finds no GPU that it can use", "add --dry to try everything else")
    properties = torch.cuda.get_device_properties(0)
    return {"device": properties.name, "gpu_total_memory_gb": properties.total_memory / 1e9, **_versions()}


def _versions() -> Figures:
    names = "torch", "triton", "numba"
    return {name: environment.version(name) or "none" for name in names} | {"cores": workers.cores(None)}


def rendered_flow(scale: Scale, _: Path | None) -> Figures:
    """Measure the flow of rendered clips."""
    return _flow(_rendered(scale), scale)


def real_flow(scale: Scale, folder: Path | None) -> Figures:
    """Measure the flow of the clips in `folder`."""
    if folder is None:
        return {"skipped": "--clips names no folder of real clips"}
    return _flow(list(_clips.from_folder(folder, scale.clips, scale.frames)), scale)


def stored(scale: Scale, _: Path | None) -> Figures:
    """Measure how many pairs a second are compressed and stored, by one thread and by one a core, a file each."""
    from twostream.bench import _storing
    from twostream.files import hdf5

    flow, _seconds_of_fused = _fused(_pairs(_rendered(scale), scale), TVL1.from_settings(dict(TVL1_DEFAULTS)))
    fields = flow * _storing.COPIES
    with tempfile.TemporaryDirectory() as folder:

        def write(number: int) -> None:
            with hdf5.create(Path(folder, f"{number}.h5")) as file:
                _storing.store(file, fields)

        def write_all(count: int) -> None:
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(write, range(count)))

        counts = {"one_thread": 1, "all_cores": workers.cores(None)}
        return {
            f"pairs_per_second_{name}": count * len(fields) / _seconds(partial(write_all, count))
            for name, count in counts.items()
        }


def loader(scale: Scale, _: Path | None) -> Figures:
    """Measure the samples a second of one loader process, cropped by the device or by itself, from each codec."""
    from twostream.bench import _videos
    from twostream.bench import loader as loading

    torch.set_num_threads(1)
    ways = {"": (loading.MULTISCALE, True), "_cropped_by_cpu": (loading.MULTISCALE, False)}
    figures = {}
    for codec in ("lz4", "zstd"):
        with tempfile.TemporaryDirectory() as name:
            reader, videos = _videos.store(Path(name), scale.samples, scale.height, scale.width, codec)
            for ending, (draw, device_crops) in ways.items():
                seconds = _seconds(loading.sample_pass(reader, videos, draw, device_crops, 1))
                figures[f"{codec}{ending}_samples_per_second"] = len(videos) / seconds
    return figures


def scored(scale: Scale, _: Path | None) -> Figures:
    """Measure the images a second that are scored, over those of a bare loop on ready tensors."""
    return _network(scale, scale.scored, is_trained=False)


def trained(scale: Scale, _: Path | None) -> Figures:
    """Measure the images a second that are trained on, as `scored` does, and how long a step waits for data."""
    return _network(scale, scale.steps * scale.batch, is_trained=True)


PARTS: Mapping[str, Callable[[Scale, Path | None], Figures]] = {
    "machine": machine,
    "rendered_flow": rendered_flow,
    "real_flow": real_flow,
    "stored": stored,
    "loader": loader,
    "scored": scored,
    "trained": trained,
}
"""Every part by its name, in the order in which they run."""


def run(name: str, scale: Scale, folder: Path | None) -> Figures:
    """Return the figures of a part, the most memory that was taken on the device and here among them."""
    configure()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    figures = PARTS[name](scale, folder)
    if name == "machine" or "skipped" in figures:
        return figures
    if scale.device == "cuda":
        figures["gpu_memory_gb"] = torch.cuda.max_memory_reserved() / 1e9
    return figures | {"memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def _rendered(scale: Scale) -> list[Clip]:
    return list(_clips.rendered(min(scale.clips, 4), scale.frames))


def _pairs(clips: list[Clip], scale: Scale) -> list[Pair]:
    """Return the pairs of frames of `clips`, their corner alone where the scale is small."""
    corners = ([frame[: scale.height, : scale.width].copy() for frame in clip] for clip in clips)
    return [pair for clip in (corners if scale.device == "cpu" else clips) for pair in pairwise(clip)]


def _flow(clips: list[Clip], scale: Scale) -> Figures:
    """Return how fast the device computes the flow of `clips`, and how much of it is what `fused` gives.

    The first call, which compiles, is by itself; clips of one size are computed together.
    """
    tvl1 = TVL1.from_settings(dict(TVL1_DEFAULTS))
    pairs = _pairs(clips, scale)
    fused, fused_seconds = _fused(pairs, tvl1)
    first = _seconds(partial(_device_flow, pairs[:1], tvl1, scale))
    equal, seconds, count = [], 0.0, 0
    for shape in sorted({pair[0].shape for pair in pairs}):
        numbers = [number for number, pair in enumerate(pairs) if pair[0].shape == shape]
        same = [pairs[number] for number in numbers]
        flow = _device_flow(same, tvl1, scale)
        equal += [(ours == fused[number]).mean() for ours, number in zip(flow, numbers, strict=True)]
        for_size, many = _timed(same, tvl1, scale, len(same) / len(pairs))
        seconds, count = seconds + for_size, count + many
    return {
        "pairs_per_second": count / seconds,
        "bytes_equal": float(np.mean(equal)),
        "bytes_equal_of_worst_pair": float(min(equal)),
        "compared_pairs": len(pairs),
        "first_call_seconds": first,
        "fused_pairs_per_second": len(pairs) / fused_seconds,
    }


def _timed(pairs: list[Pair], tvl1: TVL1, scale: Scale, part: float) -> tuple[float, int]:
    """Return in how many seconds how many pairs were computed, again and again for a `part` of the time there is."""
    began = time.perf_counter()
    warm = list(islice(cycle(pairs), min(scale.pairs_at_once, scale.most_pairs)))
    _device_flow(warm, tvl1, scale)
    took = time.perf_counter() - began
    count = int(len(warm) * part * SECONDS_OF_FLOW / took)
    many = list(islice(cycle(pairs), max(len(pairs), min(scale.most_pairs, count))))
    return _seconds(partial(_device_flow, many, tvl1, scale)), len(many)


def _device_flow(pairs: list[Pair], tvl1: TVL1, scale: Scale) -> list[Stored]:
    from twostream.flow import pytorch

    return list(pytorch.solve_quantised(iter(pairs), tvl1, BOUND, scale.device, scale.pairs_at_once))


def _fused(pairs: list[Pair], tvl1: TVL1) -> tuple[list[Stored], float]:
    """Return the flow of `fused`, quantised, and the seconds that it took on all cores, without compiling."""
    from twostream.flow import fused

    def solve(pair: Pair) -> Stored:
        return quantise(next(fused.solve(iter(pair), tvl1)), BOUND)

    solve((pairs[0][0], pairs[0][0]))
    began = time.perf_counter()
    with ThreadPoolExecutor(workers.cores(None)) as pool:
        flow = list(pool.map(solve, pairs))
    return flow, time.perf_counter() - began


def _network(scale: Scale, count: int, is_trained: bool) -> Figures:
    """Return the figures of training on `count` videos, or of scoring them, beside the bare loop."""
    from twostream.bench import _videos, streams
    from twostream.compute import hardware
    from twostream.compute.options import NetworkOptions

    runtime = hardware.runtime(NetworkOptions(device=scale.device), os.cpu_count() or 1)
    changes = {"architecture": scale.architecture, "size": scale.size, "batch": scale.batch}
    settings = dict(STREAM) | changes
    side = round(scale.size * 256 / 224)
    with tempfile.TemporaryDirectory() as name:
        reader, videos = _videos.store(Path(name), count, side, side * 4 // 3)
        if is_trained:
            row = streams.train_epochs(Path(name), reader, videos, settings, runtime, 1)
        else:
            row = streams.score(reader, videos, settings, runtime, 1)
    figures = {
        "images_per_second": row["images/s"],
        "bare_images_per_second": row["bare images/s"],
        "over_bare": row["ratio"],
    }
    return figures | ({"data_wait": row["waiting"]} if is_trained else {})


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
