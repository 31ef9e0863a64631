"""A trial of frames and of flow on some pairs of frames of some videos, before all of them are worked on.

`python -m twostream.forecast.video_trial JSON` prints what it measured as JSON; its argument is that of `measure`.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twostream.cache import rates
from twostream.cache.rates import Rate
from twostream.console import run
from twostream.flow import backends
from twostream.flow.compute import load
from twostream.flow.quantise import Stored, quantise
from twostream.stacks import codecs
from twostream.videos import decode
from twostream.videos.image import Image

FRAMES = 60
"""Of a video that are decoded, at most."""
PAIRS = 3
"""Of frames in each video, evenly spread over those that are decoded."""
SECONDS = 4.0
"""After which no further pair is tried."""
AT_BOUND = (1, 255)
"""Stored flow that was clipped, or next to it."""
ZERO = 128
"""Stored flow of no motion."""
MOST = 99.5
"""Per cent of the stored values that lie within `levels` of zero."""


@dataclass(frozen=True, kw_only=True)
class FlowTrial:
    """The rate of flow, and of each tried video, by its id, which part of its vectors is at the bound.

    `levels`, of 127, are as many as nearly all stored values need.
    """

    rate: Rate
    clipped: Mapping[str, float]
    levels: float


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """Pairs of BGR frames of a video, and the core-seconds in which `frames` of it were decoded."""

    pairs: Sequence[tuple[Image, Image]]
    frames: int
    seconds: float


def measure(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rate of `frames`, and the trial of `flow`, each where the `request` holds that section.

    Its `videos` are rows of path, id and pixels of a frame; `device` and `threads` are what flow may use.
    """
    measured: dict[str, Any] = {}
    if request["frames"]:
        measured["frames"] = asdict(try_frames(request["videos"], request["frames"]))
    if request["flow"]:
        tried = try_flow(request["videos"], request["flow"], request["device"], request["threads"])
        measured["flow"] = asdict(tried)
    return measured


def try_frames(videos: Sequence[tuple[str, str, int]], settings: Mapping[str, Any]) -> Rate:
    """Return the rate of frames by `settings`, the section `frames`."""
    start = rates.seconds_of_process()
    seconds, units, bytes, stored = 0.0, 0.0, 0.0, 0.0
    for path, _, pixels in videos:
        sample = _sample(Path(path), settings["short_side"])
        pictures = [picture for pair in sample.pairs for picture in pair]
        rgb = (picture[..., ::-1].transpose(2, 0, 1) for picture in pictures)
        encoding, size = _store(rgb, len(pictures), settings)
        seconds += sample.seconds + encoding * sample.frames / len(pictures)
        units += sample.frames * pixels
        bytes += size
        stored += sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    return Rate(seconds=seconds / units, bytes=bytes / stored, start=start)


def try_flow(
    videos: Sequence[tuple[str, str, int]], settings: Mapping[str, Any], device: str, threads: int
) -> FlowTrial:
    """Return the trial of flow by `settings`, the section `flow`, of a backend that is resolved."""
    start, began = rates.seconds_of_process(), time.monotonic()
    is_on_device = settings["backend"] in backends.IN_TORCH
    engine = load(settings, device)
    seconds, pixels, bytes, stored, clipped = 0.0, 0.0, 0.0, [], {}
    for number, (path, id, _) in enumerate(videos):
        sample = _sample(Path(path), settings["short_side"], settings["step"])
        if number == 0:
            list(engine(iter(sample.pairs[0])))  # What is compiled or loaded at first is no work of each pair.
        fields: list[Stored] = []
        for pair in sample.pairs:
            if fields and time.monotonic() - began > SECONDS:
                break
            before = _clock(is_on_device, threads)
            fields += [quantise(field, settings["bound"]) for field in engine(iter(pair))]
            seconds += _clock(is_on_device, threads) - before
        seconds += sample.seconds * len(fields) / sample.frames
        encoding, size = _store(iter(fields), len(fields), settings)
        seconds, bytes = seconds + encoding, bytes + size
        pixels += sum(field[0].size for field in fields)
        clipped[id] = float(np.mean([np.isin(field, AT_BOUND).any(axis=0).mean() for field in fields]))
        stored += [np.abs(field.astype(np.int16) - ZERO).ravel() for field in fields]
    levels = float(np.percentile(np.concatenate(stored), MOST))
    return FlowTrial(
        rate=Rate(seconds=seconds / pixels, bytes=bytes / pixels, start=start), clipped=clipped, levels=levels
    )


def _clock(is_on_device: bool, threads: int) -> float:
    """Return the core-seconds so far; of a device, the seconds times the threads of a job that waits for it."""
    return time.monotonic() * threads if is_on_device else time.process_time()


def _sample(path: Path, short_side: int | None, step: int = 1) -> _Sample:
    """Decode the first frames of the video at `path`; a pair is of frames that lie `step` apart."""
    began = time.process_time()
    pictures: list[Image] = []
    for picture in decode.decode(path, short_side):
        pictures.append(picture)
        if len(pictures) == FRAMES:
            break
    seconds = time.process_time() - began
    last = len(pictures) - 1
    firsts = np.unique(np.linspace(0, max(0, last - step), PAIRS).round().astype(int))
    pairs = [(pictures[first], pictures[min(first + step, last)]) for first in firsts]
    return _Sample(pairs=pairs, frames=len(pictures), seconds=seconds)


def _store(frames: Iterator[Image], count: int, settings: Mapping[str, Any]) -> tuple[float, int]:
    """Return the core-seconds in which `count` frames (C, H, W) are stored in memory, and their bytes."""
    began = time.process_time()
    with h5py.File("trial", "w", driver="core", backing_store=False) as file:
        group = file.create_group("trial")
        codecs.write(group, frames, count, settings["codec"], settings["quality"])
        seconds = time.process_time() - began
        is_jpeg = "offset" in group
        return seconds, int(group["offset"][-1] if is_jpeg else group["dense"].id.get_storage_size())


def main() -> None:
    """Print what the trial that the argument asks for gives."""
    print(json.dumps(measure(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    run(main)
