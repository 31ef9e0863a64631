"""Images a second through a network, scored and trained as the workflow does it, beside bare loops over ready tensors.

The bare loops run the same network on a batch that lies on the device already, normalised. They are tuned: on a GPU
channels last, with a fused optimiser, and trained in bfloat16 where the GPU has it. The workflow reads, decompresses,
copies, crops, resizes and normalises. Both take turns in one run, when both are warm: what is counted of training is
its second epoch. On a GPU an epoch has 100 steps by default.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.nn import functional

from twostream.bench import _options, _videos, timing
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.compute.options import NetworkOptions
from twostream.config import schema
from twostream.config.section import pick
from twostream.console import run
from twostream.stacks.reader import StackReader
from twostream.streams import sampling, scoring
from twostream.streams.design import Design
from twostream.streams.epoch_order import EpochOrder
from twostream.streams.network import build_network
from twostream.streams.sampling import CROPS
from twostream.streams.views import EvaluationViews
from twostream.training.optimiser import make_optimiser
from twostream.training.recipe import AUTOCAST, TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.videos.index import Video

STEPS, BATCHES = 100, 100
"""Steps of an epoch, and batches that are scored, on a GPU."""
ON_GPU = {"size": 224, "batch": 32, "rounds": 2}
ON_CPU = {"size": 112, "batch": 8, "rounds": 5, "videos": 16}
"""Sizes of the measurement, unless the options say otherwise."""

Row = dict[str, Any]


def main() -> None:
    """Measure scoring and training, and print the table and the ratios."""
    options = arguments()
    network_options = pick(NetworkOptions, vars(options) | {"devices": 1, "nodes": 1})
    runtime = hardware.runtime(network_options, options.threads)
    fill_in(options, runtime)
    settings = stream_settings(options)
    with tempfile.TemporaryDirectory() as folder:
        side = round(options.size * 256 / 224)
        reader, videos = _videos.store(Path(folder), options.videos, side, side * 4 // 3, options.codec)
        scored = videos[: -(-BATCHES * scoring.VIEWS_AT_ONCE // sampling.protocol("ref19").samples)]
        rows = [
            score(reader, scored, settings, runtime, options.rounds),
            train_epochs(Path(folder), reader, videos, settings, runtime, options.rounds),
        ]
    ratios = {f"{row['what']}_over_bare": round(float(row["ratio"]), 4) for row in rows}
    timing.show(rows, ratios | {"data_wait": round(float(rows[1]["waiting"]), 4)})


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="twostream bench streams", description=__doc__)
    parser.add_argument("--architecture", default="resnet101")
    parser.add_argument(
        "--size", type=_options.count, help="pixels of the square input; by default 224 on a GPU, else 112"
    )
    parser.add_argument(
        "--batch", type=_options.count, help="videos a step of training; by default 32 on a GPU, else 8"
    )
    parser.add_argument(
        "--videos", type=_options.count, help="to train on and to score; by default 100 steps on a GPU, else 16"
    )
    parser.add_argument("--rounds", type=_options.count, help="turns that each way takes")
    parser.add_argument("--loader-workers", "--workers", type=int, help="loader processes")
    parser.add_argument("--threads", type=_options.count, default=512, help="cores of the CPU")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--precision", default="auto", choices=["auto", *sorted(AUTOCAST)])
    parser.add_argument("--channels-last", action=argparse.BooleanOptionalAction)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--codec", default="zstd", choices=["zstd", "lz4"], help="of the stored flow")
    return parser.parse_args()


def fill_in(options: argparse.Namespace, runtime: Runtime) -> None:
    """Give the `options` that are not set the values for the device."""
    for name, value in (ON_GPU if runtime.is_gpu else ON_CPU).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.videos is None:
        options.videos = STEPS * options.batch


def result(what: str, images: int, ours: list[float], bare: list[float]) -> Row:
    """Return a row: the images a second of both ways, and the median of the ratios of the rounds."""
    ratio = median(there / here for here, there in zip(ours, bare, strict=True))
    return {"what": what, "images/s": images / median(ours), "bare images/s": images / median(bare), "ratio": ratio}


def stream_settings(options: argparse.Namespace) -> schema.Settings:
    """Return the settings of a stream of flow, changed as the options say."""
    from twostream.config import check  # The self-test imports this module without the libraries of settings.

    changes = {
        "modality": "flow",
        "stack": 10,
        "architecture": options.architecture,
        "pretrained": "none",
        "size": options.size,
        "batch": options.batch,
        "epochs": 2,
        "schedule": "constant",
        "precision": options.precision,
    }
    settings: schema.Settings = check.check({"streams": {"measured": changes}})["streams"]["measured"]
    return settings


def score(reader: StackReader, videos: list[Video], settings: schema.Settings, runtime: Runtime, rounds: int) -> Row:
    """Score the videos both ways, in single precision, and return the row."""
    design = pick(Design, settings)
    network = runtime.prepare(build_network(design, 2)).eval()
    protocol = sampling.protocol("ref19")
    starts = {video: sampling.test_starts(protocol, _videos.PAIRS, design.stack) for video in videos}
    views = EvaluationViews(reader, design, settings["size"], protocol.crops, runtime.device_crops)
    at_once = max(1, scoring.VIEWS_AT_ONCE // CROPS[protocol.crops]) if runtime.device_crops else protocol.samples
    images = len(videos) * protocol.samples
    ready = torch.rand(at_once, design.channels, settings["size"], settings["size"], device=runtime.device)
    ready = runtime.to_memory_format(ready)
    scorer = scoring.Scorer(views, starts, runtime)

    def ours() -> None:
        for _ in scorer.scores(network):
            pass

    @torch.inference_mode()
    def bare() -> None:
        for _ in range(-(-images // at_once)):
            network(ready)
        hardware.wait(runtime.device)

    ours()
    bare()
    seconds = timing.take_turns({"ours": ours, "bare": bare}, rounds)
    return result("scored", images, seconds["ours"], seconds["bare"])


def train_epochs(
    folder: Path, reader: StackReader, videos: list[Video], settings: schema.Settings, runtime: Runtime, rounds: int
) -> Row:
    """Train both ways, and return the row of an epoch; `waiting` is the fraction of ours that waits for data."""
    setup = TrainingSetup.from_settings(settings, runtime, ProcessGroup())
    steps = len(EpochOrder(len(videos), settings["batch"], 0))
    loop = bare_epoch(setup, len(videos) // steps, steps)
    loop()
    ours, bare, waiting = [], [], []
    for n in range(rounds):
        beside = folder / str(n)
        files = TrainingFiles(beside / "state.pt", beside / "history.csv", beside / "scalars")
        _, (_, epoch) = train(reader, videos, None, 2, setup, files)
        ours.append(epoch.batch_time * steps)
        waiting.append(epoch.data_time / epoch.batch_time)
        files.state.unlink()
        bare += timing.take_turns({"bare": loop}, 1)["bare"]
    return result("trained", len(videos), ours, bare) | {"waiting": median(waiting)}


def bare_epoch(setup: TrainingSetup, batch: int, steps: int) -> Callable[[], None]:
    """Return an epoch of training on one ready `batch`, over and over, without any loading."""
    runtime, precision = setup.runtime, setup.recipe.precision
    size = setup.clip_sampling.size
    ready = runtime.to_memory_format(torch.rand(batch, setup.design.channels, size, size, device=runtime.device))
    labels = torch.zeros(batch, dtype=torch.int64, device=runtime.device)
    network = runtime.prepare(build_network(setup.design, 2)).train()
    optimiser = make_optimiser(network, setup.optimisation, fused=runtime.is_gpu)

    def loop() -> None:
        for _ in range(steps):
            with torch.autocast(runtime.device.type, AUTOCAST[precision], enabled=precision != "float32"):
                scores = network(ready)
            functional.cross_entropy(scores.float(), labels).backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        hardware.wait(runtime.device)

    return loop


if __name__ == "__main__":
    run(main)
