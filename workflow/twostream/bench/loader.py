"""How fast stacks and samples come from each codec, beside the way of the code base that this replaces.

The reference: a stack is twenty JPEG files, x and y of ten flow pairs, each opened with PIL, resized to the input
size, made a tensor and copied into the stack. Everything is measured on the same frames and flow, of real videos
where `--videos` names a folder of them and else of the demo's, and all ways take turns, so that a busy machine slows
all. Stacks, and RGB frames, are counted where they are read; samples, cropped, mirrored and resized, come as batches
out of a loader, its processes included; those for a GPU, which does the rest itself, are read and decompressed only.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from twostream.bench import _material, _options, _waiting, timing
from twostream.bench._material import STACK, Frames, Stacks
from twostream.bench._reference import JpegStacks
from twostream.bench._settings import BOUND
from twostream.bench.timing import Result
from twostream.console import run
from twostream.errors import InputError
from twostream.flow.quantise import dequantise
from twostream.stacks.reader import StackReader
from twostream.streams import loader
from twostream.streams.clips import ClipSampling, TrainingClips
from twostream.streams.epoch_order import EpochOrder
from twostream.videos.index import Video

SIZE = 224
RGB = ("zstd", "lz4", "jpeg")
QUALITY = {"zstd": 95, "lz4": 95, "raw": 95, "jpeg": 95, "jpeg q90": 90}
MULTISCALE = ClipSampling(
    size=SIZE,
    segments=1,
    sampling="segments",
    crop="multiscale",
    smallest_crop=0.75,
    largest_crop=1.0,
    positions=13,
    colour_jitter=0.0,
    seed=0,
)
SAMPLES = {
    "samples": (MULTISCALE, False),
    "224 of 256": (replace(MULTISCALE, crop="random", smallest_crop=0.875, largest_crop=0.875), False),
    "for a GPU": (MULTISCALE, True),
}
"""How samples are cropped, and whether a GPU does it.

Multi-scale crops are resized; the reference's own crop has the input size already; a GPU crops and resizes by itself.
"""
COUNT, BATCH = 64, 8
COUNTS, READS = (100, 1_000, 13_320), 128
"""Numbers of videos in linked files, and the number of stacks that are read from each of these."""

Stored = Mapping[str, tuple[StackReader, list[Video]]]
"""The videos, stored by each codec."""


def main() -> None:
    """Print the table and the ratios of what the options ask for."""
    options = arguments()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        frames, fields = _material.frames_and_flow(options.videos, options.pairs)
        print(f"{len(fields)} flow pairs of {fields.shape[3]} x {fields.shape[2]} pixels")
        if options.step:
            measured = [_waiting.measure(folder, frames, fields)]
        else:
            measured = [
                read_flow(folder, fields, options.rounds),
                read_rgb(folder, frames, options.rounds),
                read_many_videos(folder, fields, options.rounds),
            ]
        rows = [row for some, _ in measured for row in some]
        timing.show(rows, {name: ratio for _, some in measured for name, ratio in some.items()})


def arguments() -> argparse.Namespace:
    """Return the options of the command line; InputError where they give nothing to measure."""
    parser = argparse.ArgumentParser(prog="twostream bench loader", description=__doc__)
    parser.add_argument("--videos", type=Path, help="a folder of videos; by default, some of the demo's are rendered")
    parser.add_argument("--pairs", type=_options.count, default=48, help="flow pairs to measure with")
    parser.add_argument("--rounds", type=_options.count, default=7, help="turns that each way takes")
    parser.add_argument("--step", action="store_true", help="measure instead how long a step of training waits")
    parser.add_argument("--folder", type=Path, help="where to write; by default, a folder that is removed at the end")
    options = parser.parse_args()
    if options.pairs < STACK:
        raise InputError("--pairs", f"is {options.pairs}, less than a stack", f"set it to at least {STACK}")
    return options


def read_flow(folder: Path, fields: Frames, rounds: int) -> Result:
    """Return how many stacks and samples a second are read, by one process and by two."""
    stored = {name: _material.store(folder, fields, name.split()[0], quality) for name, quality in QUALITY.items()}
    reference = JpegStacks(folder / "files", fields, 95, SIZE)
    rows = [_size_and_error("reference", reference.bytes_a_pair(), reference.decoded(), fields)]
    for name, (reader, videos) in stored.items():
        size = _material.stored_bytes(reader) / len(fields)
        rows.append(_size_and_error(name, size, reader.read(videos[0].id, 0, len(fields)), fields))
    ratios = {}
    for workers in (0, 2):
        ending = ", 2 workers" * (workers > 0)
        units = {"stacks": _stack_passes(reference, stored, workers)}
        units |= {unit: _sample_passes(*ways, reference, stored, workers) for unit, ways in SAMPLES.items()}
        for unit, ways in units.items():
            seconds = timing.take_turns(ways, rounds)
            for row in rows:
                row[f"{unit}/s{ending}"] = COUNT / float(np.median(seconds[row["what"]]))
            prefix = "" if unit == "stacks" else f"{unit} "
            for name in stored:
                ratio = f"{prefix}{name} over reference{ending.replace(',', '')}"
                ratios[ratio.replace(" ", "_")] = round(timing.speedup(seconds, name, "reference"), 2)
    ratios["samples_over_reference"] = ratios["samples_zstd_over_reference"]
    return rows, ratios | {"zstd_bytes_a_pair": rows[1]["bytes a pair"]}


def read_rgb(folder: Path, frames: Frames, rounds: int) -> Result:
    """Return how many RGB frames a second are read, one by one, their size, and how exact they are."""
    stored = {codec: _material.store(folder, frames, codec, QUALITY[codec]) for codec in RGB}
    ways = {codec: partial(_read, Stacks(*videos, length=1), range(COUNT)) for codec, videos in stored.items()}
    seconds = timing.take_turns(ways, rounds)
    rows: list[dict[str, Any]] = []
    for codec, (reader, videos) in stored.items():
        error = np.abs(reader.read(videos[0].id, 0, len(frames)).astype(int) - frames)
        rows.append(
            {
                "what": f"RGB, {codec}",
                "bytes a frame": round(_material.stored_bytes(reader) / len(frames)),
                "error, levels": float(error.mean()),
                "largest, levels": int(error.max()),
                "frames/s": COUNT / float(np.median(seconds[codec])),
            }
        )
    return rows, {f"rgb_{codec}_over_jpeg": round(timing.speedup(seconds, codec, "jpeg"), 2) for codec in RGB[:-1]}


def read_many_videos(folder: Path, fields: Frames, rounds: int) -> Result:
    """Return how many stacks a second are read from linked files of more and more videos."""
    ways = {}
    for count, stacks in _material.store_copies(folder, fields[: 2 * STACK], COUNTS).items():
        ways[str(count)] = partial(_read, stacks, np.random.default_rng(0).integers(count, size=READS))
    timing.take_turns(ways, 1)
    seconds = timing.take_turns(ways, rounds)
    rows = [
        {"what": f"zstd, {name} videos", "stacks/s": READS / float(np.median(times))} for name, times in seconds.items()
    ]
    return rows, {
        f"{name}_videos_over_100": round(timing.speedup(seconds, name, "100"), 3) for name in ways if name != "100"
    }


def _size_and_error(name: str, size: float, decoded: Frames, fields: Frames) -> dict[str, Any]:
    """Return a row: the bytes of a pair, and how far its decoded flow is from the eight-bit flow that was stored."""
    error = np.abs(dequantise(decoded, BOUND) - dequantise(fields, BOUND))
    return {
        "what": name,
        "bytes a pair": round(size),
        "error, px": float(error.mean()),
        "largest, px": float(error.max()),
    }


def _stack_passes(reference: JpegStacks, stored: Stored, workers: int) -> dict[str, Callable[[], None]]:
    """Return, for the reference and each codec, a pass over stacks that are read and not sent on."""
    stacks: dict[str, Dataset[torch.Tensor]] = {"reference": reference}
    stacks |= {name: Stacks(*videos) for name, videos in stored.items()}
    return {
        name: _warm_pass(loader.load(Reads(items, 4), range(COUNT // 4), workers)) for name, items in stacks.items()
    }


def _sample_passes(
    draw: ClipSampling, device_crops: bool, reference: JpegStacks, stored: Stored, workers: int
) -> dict[str, Callable[[], None]]:
    """Return, for each codec, a pass over batches of samples; the reference's stack is a sample already."""
    usual = DataLoader(reference, BATCH, sampler=range(COUNT), num_workers=workers, persistent_workers=workers > 0)
    passes = {"reference": _warm_pass(usual)}
    for name, (reader, videos) in stored.items():
        passes[name] = sample_pass(reader, videos * (COUNT // len(videos)), draw, device_crops, workers)
    return passes


def sample_pass(
    reader: StackReader, videos: list[Video], draw: ClipSampling, device_crops: bool, workers: int
) -> Callable[[], None]:
    """Return a pass over batches of a sample of each video, by `workers` processes that run already."""
    clips = TrainingClips(reader, videos, _waiting.TEMPORAL, draw, device_crops)
    return _warm_pass(loader.load(clips, EpochOrder(len(videos), BATCH, 0), workers))


def _warm_pass(loading: Iterable[Any]) -> Callable[[], None]:
    """Return a pass over all of `loading`, after a first one that has started its processes."""

    def go() -> None:
        for _ in loading:
            pass

    go()
    return go


def _read(stacks: Stacks, numbers: Iterable[int]) -> None:
    for number in numbers:
        stacks[int(number)]


class Reads(Dataset[int]):
    """Numbers of stacks that are read and not sent on, `part` of them at a time."""

    def __init__(self, items: Dataset[torch.Tensor], part: int) -> None:
        self.items = items
        self.part = part

    def __getitem__(self, number: int) -> int:
        return sum(1 for n in range(self.part) if self.items[number * self.part + n] is not None)


if __name__ == "__main__":
    run(main)
