"""A trial of frames and of flow on some frames of some videos, before all videos are processed.

`python -m twostream.forecast.video_trial JSON` prints what it measured as JSON; its argument is that of `measure`.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twostream.cache.clock import Clock, peak_memory, seconds_to_start
from twostream.cache.rates import Rate
from twostream.compute import workers
from twostream.config import check
from twostream.console import run
from twostream.flow import backends
from twostream.flow.compute import load
from twostream.flow.quantise import Stored, quantise
from twostream.stacks import codecs
from twostream.videos import decode, fingerprint
from twostream.videos.image import Image, rgb_planes

FRAMES = 60
"""Frames of a video that are decoded, at most."""
RUNS, FIELDS = 3, 2
"""Runs of frames in each video, evenly spread over those that are decoded, and the flow fields of each run."""
SECONDS = 4.0
"""Seconds of a trial after which one run of a video is enough."""
AT_BOUND = (1, 255)
"""Values of stored flow that was clipped, or nearly."""
ZERO = 128
"""The value of stored flow without motion."""
MOST = 99.5
"""Per cent of the stored values that are to lie within `levels` of zero."""

VideoRow = tuple[str, str, int]
"""Path and id of a video, and the pixels of a frame."""


@dataclass(frozen=True, kw_only=True)
class FlowTrial:
    """What a trial of flow measured.

    `clipped` is the part of the vectors at the bound, of each tried video by its id; nearly all stored values need only
    `levels` of the 127 levels of a direction.
    """

    rate: Rate
    clipped: Mapping[str, float]
    levels: float


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """Runs of BGR frames of a video, of which so many `frames` were decoded in so many core-`seconds`."""

    runs: Sequence[Sequence[Image]]
    frames: int
    seconds: float


def measure(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rate of `frames`, and the trial of `flow`, each where the `request` holds that section.

    Its `videos` are rows of path, id and pixels of a frame; flow may use `device` and `threads`; frames, and flow, are
    each tried for at least so many `seconds`, if these are given. Beside the rates there are the `memory` of the
    process before and after, in bytes, and `imports`, the seconds until it was ready to begin.
    """
    measured: dict[str, Any] = {"imports": seconds_to_start()}
    _begin_as_a_shard()
    before, start, seconds = peak_memory(), seconds_to_start(), request.get("seconds")
    if request["frames"]:
        rate, decoding = try_frames(request["videos"], request["frames"], start, seconds or 0.0)
        measured |= {"frames": asdict(rate), "decoding": decoding}
    if request["flow"]:
        trial = _FlowTrial(request["flow"], request["device"], request["threads"])
        measured["flow"] = asdict(trial.run(request["videos"], start, seconds or 0.0))
    return measured | {"memory": [before, peak_memory()]}


def _begin_as_a_shard() -> None:
    """Do what a shard's job does once, whatever its videos: check settings, identify the decoder, load what spreads."""
    check.check_stage("frames", {}, "trial")
    fingerprint.take()
    workers.map_videos(str, [""], "trial", 1)


def try_frames(
    videos: Sequence[VideoRow], settings: Mapping[str, Any], start: float, least: float = 0.0
) -> tuple[Rate, float]:
    """Return the rate of frames by `settings`, the section `frames`, and the core-seconds of decoding a pixel.

    All `videos` are tried once, and again until at `least` so many seconds have passed; the process took `start`
    seconds to begin.
    """
    seconds, decoding, units, bytes, stored = 0.0, 0.0, 0.0, 0.0, 0.0
    for number, (path, _, pixels) in enumerate(_turns(videos, least)):
        sample = _sample(Path(path), settings["short_side"])
        pictures = [picture for frames in sample.runs for picture in frames]
        if number == 0:
            _store(_planes(pictures), len(pictures), settings)  # Libraries are loaded once, not for each frame.
        encoding, size = _store(_planes(pictures), len(pictures), settings)
        seconds += sample.seconds + encoding * sample.frames / len(pictures)
        decoding += sample.seconds
        units += sample.frames * pixels
        bytes += size
        stored += sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    return Rate(seconds=seconds / units, bytes=bytes / stored, start=start), decoding / units


class _FlowTrial:
    """A trial of flow by `settings`, the section `flow`, of a backend that is resolved."""

    def __init__(self, settings: Mapping[str, Any], device: str, threads: int) -> None:
        self.settings = settings
        self.threads = threads if settings["backend"] in backends.IN_TORCH else 1
        self.clock = Clock()
        self.engine = load(settings, device)

    def run(self, videos: Sequence[VideoRow], start: float, least: float) -> FlowTrial:
        """Try some frames of each of the `videos`, and again until at `least` so many seconds have passed.

        The process took `start` seconds to begin; those in which the first flow is compiled or loaded are added.
        """
        seconds, pixels, bytes, stored, clipped = 0.0, 0.0, 0.0, [], {}
        began = time.monotonic()
        for number, (path, id, _) in enumerate(_turns(videos, least)):
            sample = _sample(Path(path), self.settings["short_side"], self.settings["step"])
            if number == 0:
                self._try(sample, began)
                start += self.clock.core_seconds()
            fields, spent, size = self._try(sample, began)
            seconds, bytes = seconds + spent, bytes + size
            pixels += sum(field[0].size for field in fields)
            clipped[id] = float(np.mean([np.isin(field, AT_BOUND).any(axis=0).mean() for field in fields]))
            stored += [np.abs(field.astype(np.int16) - ZERO).ravel() for field in fields]
        levels = float(np.percentile(np.concatenate(stored), MOST))
        rate = Rate(seconds=seconds / pixels, bytes=bytes / pixels, start=start)
        return FlowTrial(rate=rate, clipped=clipped, levels=levels)

    def _try(self, sample: _Sample, began: float) -> tuple[list[Stored], float, int]:
        """Return the fields of the runs of `sample`, the core-seconds of decoding, flow and storing, and the bytes.

        Only the first run is computed if the trial, which `began` at that time, takes long already.
        """
        fields: list[Stored] = []
        clock = Clock()
        for pictures in sample.runs:
            if fields and time.monotonic() - began > SECONDS:
                break
            fields += [quantise(field, self.settings["bound"]) for field in self.engine(iter(pictures))]
        seconds = clock.core_seconds(self.threads) + sample.seconds * len(fields) / sample.frames
        encoding, size = _store(iter(fields), len(fields), self.settings)
        return fields, seconds + encoding, size


def _turns(videos: Sequence[VideoRow], least: float) -> Iterator[VideoRow]:
    """Yield each of the `videos`, and one after another again until at `least` so many seconds have passed."""
    began = time.monotonic()
    for number, video in enumerate(cycle(videos)):
        if number >= len(videos) and time.monotonic() - began > least:
            return
        yield video


def _planes(pictures: Sequence[Image]) -> Iterator[Image]:
    """Return BGR `pictures` as RGB of shape (3, H, W)."""
    return map(rgb_planes, pictures)


def _sample(path: Path, short_side: int | None, step: int = 1) -> _Sample:
    """Return runs of frames from the beginning of the video at `path`; those of a run lie `step` apart."""
    clock = Clock()
    pictures: list[Image] = []
    for picture in decode.decode(path, short_side):
        pictures.append(picture)
        if len(pictures) == FRAMES:
            break
    seconds = clock.core_seconds()
    last = len(pictures) - 1
    firsts = np.unique(np.linspace(0, max(0, last - FIELDS * step), RUNS).round().astype(int))
    runs = [[pictures[min(first + n * step, last)] for n in range(FIELDS + 1)] for first in firsts]
    return _Sample(runs=runs, frames=len(pictures), seconds=seconds)


def _store(frames: Iterator[Image], count: int, settings: Mapping[str, Any]) -> tuple[float, int]:
    """Return the core-seconds in which `count` frames (C, H, W) are stored in memory, and their bytes."""
    clock = Clock()
    with h5py.File("trial", "w", driver="core", backing_store=False) as file:
        group = file.create_group("trial")
        codecs.write(group, frames, count, settings["codec"], settings["quality"])
        seconds = clock.core_seconds()
        is_jpeg = "offset" in group
        return seconds, int(group["offset"][-1] if is_jpeg else group["dense"].id.get_storage_size())


def main() -> None:
    """Print the result of the trial that the argument asks for."""
    print(json.dumps(measure(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    run(main)
