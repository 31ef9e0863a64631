"""A first estimate of what a run takes here: a few frames are decoded, their flow computed, a few batches trained."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from twostream import text
from twostream.compute import hardware, workers
from twostream.compute.options import NetworkOptions
from twostream.config.schema import Settings
from twostream.config.section import pick
from twostream.flow import backends
from twostream.flow.compute import compute_stored
from twostream.streams import sampling
from twostream.videos import decode
from twostream.videos.index import Index, Video
from twostream.videos.size import scaled_size

PAIRS = 4
"""Pairs whose flow is timed, after one that loads what it needs."""
BYTES_A_PIXEL = {"rgb": 0.3, "flow": 0.25}
"""What JPEG of quality 95 and zstd make of a pixel of real videos."""
TRAINING = 3.0
"""Passes through a network that a sample takes in training: forward, and twice as much backward."""


@dataclass(frozen=True)
class Estimate:
    """Seconds of the machine and bytes that a part of a run takes."""

    part: str
    seconds: float
    bytes: float = 0.0


def estimate(folder: Path, catalogue: Index, settings: Settings) -> list[Estimate]:
    """Return what frames, flow and networks of the videos in `folder` take here by the complete `settings`."""
    frames = sum(video.frames for video in catalogue.videos)
    width, height = _stored_size(catalogue, settings["flow"]["short_side"])
    example = _example(catalogue)
    decoding, solving = _seconds_a_frame(folder / example.id, settings)
    cores = 1 if backends.resolve(settings["flow"]["backend"]) in backends.IN_TORCH else workers.cores(None)
    parts = [
        Estimate("frames", frames * decoding / workers.cores(None), frames * width * height * BYTES_A_PIXEL["rgb"]),
        Estimate("flow", frames * (decoding + solving) / cores, frames * width * height * BYTES_A_PIXEL["flow"]),
    ]
    return parts + [_of_stream(name, stream, catalogue, settings) for name, stream in settings["streams"].items()]


def lines(parts: list[Estimate]) -> list[str]:
    """Return the `parts` as lines, and their sum."""
    every = [*parts, Estimate("all", sum(part.seconds for part in parts), sum(part.bytes for part in parts))]
    rows = [[part.part, text.roughly(part.seconds), text.size(part.bytes) if part.bytes else ""] for part in every]
    return text.table(rows).splitlines()


def _of_stream(name: str, stream: Settings, catalogue: Index, settings: Settings) -> Estimate:
    """Return what training and testing a stream take; its network is a file of up to some hundred megabytes."""
    trained, tested = (len(catalogue.subset(subset)) for subset in ("train", "test"))
    test = settings["test"]
    protocol = sampling.protocol(test["protocol"], test["samples"], test["crops"])
    views = protocol.samples * sampling.CROPS[protocol.crops] * tested
    passes = TRAINING * trained * stream["segments"] * stream["epochs"] + views
    forward, size = _seconds_a_pass(stream, len(catalogue.class_names), settings["compute"])
    return Estimate(f"stream {name}", passes * forward, size)


def _seconds_a_frame(video: Path, settings: Settings) -> tuple[float, float]:
    """Return the seconds that decoding a frame, and computing its flow, take on one core, or on the GPU."""
    began = time.perf_counter()
    frames = list(islice(decode.decode(video, settings["flow"]["short_side"]), PAIRS + 1))
    decoding = (time.perf_counter() - began) / len(frames)
    flow = settings["flow"] | {"backend": backends.resolve(settings["flow"]["backend"])}
    device = settings["compute"]["device"]
    list(compute_stored(iter(frames[:2]), flow, device))
    began = time.perf_counter()
    list(compute_stored(iter(frames), flow, device))
    return decoding, (time.perf_counter() - began) / (len(frames) - 1)


def _seconds_a_pass(stream: Settings, classes: int, compute: Mapping[str, Any]) -> tuple[float, float]:
    """Return the seconds that a sample takes to go through the stream's network here, and the bytes of its weights."""
    import torch

    from twostream.streams.design import Design
    from twostream.streams.network import build_network

    design = pick(Design, stream | {"pretrained": "none"})
    runtime = hardware.runtime(pick(NetworkOptions, compute), compute["train_threads"])
    network = runtime.prepare(build_network(design, classes).eval())
    batch = torch.zeros(min(8, stream["batch"]), design.channels, stream["size"], stream["size"]).to(runtime.device)
    with torch.inference_mode():
        network(batch).sum().item()  # The first pass chooses and loads what the others use.
        began = time.perf_counter()
        network(batch).sum().item()
        seconds = time.perf_counter() - began
    size = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    return seconds / len(batch), size


def _stored_size(catalogue: Index, short_side: int | None) -> tuple[float, float]:
    """Return the mean width and height at which frames are stored."""
    sizes = [scaled_size(video.width, video.height, short_side) for video in catalogue.videos]
    return sum(width for width, _ in sizes) / len(sizes), sum(height for _, height in sizes) / len(sizes)


def _example(catalogue: Index) -> Video:
    """Return the video of the median number of pixels."""
    return sorted(catalogue.videos, key=lambda video: video.width * video.height)[len(catalogue.videos) // 2]
