"""Images a second through a network, scored and trained as the workflow does it, beside bare loops over ready tensors.

The bare loops run the same network on batches of the same size that lie on the device already, normalised; the
workflow reads, decodes, crops, resizes, copies and normalises. Both take turns in one run, when both are warm: what
is counted of training is its second epoch. On a GPU, give it enough `--videos` for many steps.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from twostream.bench import timing
from twostream.cache import keys
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config import check, schema
from twostream.config.section import pick
from twostream.console import run
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import sampling, scoring
from twostream.streams.clips import EpochOrder
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.views import TestViews
from twostream.training.optimiser import make_optimiser
from twostream.training.recipe import AUTOCAST, TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.videos.index import Video

FRAMES, HEIGHT, WIDTH = 185, 128, 171  # A clip of UCF101 has 185 flow pairs on average.


def main() -> None:
    """Measure scoring and training, and print the table and the ratios."""
    options = arguments()
    device = hardware.device(options.device, options.threads)
    runtime = Runtime(device, options.workers, options.channels_last, options.compile)
    settings = stream_settings(options)
    with tempfile.TemporaryDirectory() as folder:
        reader, videos = store(Path(folder), options.videos)
        rows = [
            row("scored", *score(reader, videos, settings, runtime, options.rounds)),
            row("trained", *train_epochs(Path(folder), reader, videos, settings, runtime, options.rounds)),
        ]
    timing.show(rows, {f"{each['what']}_over_bare": round(float(each["ratio"]), 4) for each in rows})


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="twostream bench streams", description=__doc__)
    parser.add_argument("--architecture", default="resnet101")
    parser.add_argument("--size", type=int, default=112, help="pixels of the square input")
    parser.add_argument("--batch", type=int, default=8, help="videos a step of training")
    parser.add_argument("--videos", type=int, default=16, help="to train on and to score")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=0, help="loader processes")
    parser.add_argument("--threads", type=int, default=512, help="cores of the CPU")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--precision", default="float32", choices=sorted(AUTOCAST))
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def row(what: str, images: int, ours: list[float], bare: list[float]) -> dict[str, str | float]:
    """Return a row: the images a second of both ways, and the median of the ratios of the rounds."""
    ratio = median(there / here for here, there in zip(ours, bare, strict=True))
    return {"what": what, "images/s": images / median(ours), "bare images/s": images / median(bare), "ratio": ratio}


def stream_settings(options: argparse.Namespace) -> schema.Settings:
    """Return the settings of a stream of flow as the options have it."""
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


def store(folder: Path, count: int) -> tuple[StackReader, list[Video]]:
    """Store `count` videos of flow as the workflow does, and return a reader of them and their entries."""

    def write(video: Video, group: h5py.Group) -> None:
        rng = np.random.default_rng(video.label)
        fields = (np.stack([smooth(rng), smooth(rng)]) for _ in range(FRAMES))
        codecs.write(group, fields, FRAMES, "zstd", 95)

    videos = [
        Video(
            id=f"A/{n}.avi",
            label=n % 2,
            subset="train",
            group=f"g{n}",
            frames=FRAMES + 1,
            width=WIDTH,
            height=HEIGHT,
            fps=25.0,
            digest=keys.digest(str(n)),
        )
        for n in range(count)
    ]
    shards.fill(folder / "flow" / "0000-x.h5", videos, write)
    links.write_links(folder / "flow.h5", [folder / "flow" / "0000-x.h5"], "flow")
    return StackReader(folder / "flow.h5"), videos


def smooth(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a plane of stored flow that compresses about as well as that of real videos; noise would not."""
    coarse = rng.normal(128, 4, (HEIGHT // 16, WIDTH // 16)).astype(np.float32)
    plane: NDArray[np.float32] = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.rint(plane).astype(np.uint8)


def score(
    reader: StackReader, videos: list[Video], settings: schema.Settings, runtime: Runtime, rounds: int
) -> tuple[int, list[float], list[float]]:
    """Score the videos, and return the number of images and the seconds of both ways in each round."""
    design = pick(Design, settings)
    network = runtime.prepare(build_network(design, 2)).eval()
    protocol = sampling.protocol("ref19")
    starts = {video: sampling.test_starts(protocol, FRAMES, design.stack) for video in videos}
    views = TestViews(reader, design, settings["size"], protocol.crops)
    ready = torch.rand(protocol.samples, design.channels, settings["size"], settings["size"], device=runtime.device)
    ready = runtime.to_memory_format(ready)

    def ours() -> None:
        for _ in scoring.score(network, views, starts, runtime):
            pass

    @torch.inference_mode()
    def bare() -> None:
        for _ in videos:
            network(ready)
        finish(runtime)

    ours()
    bare()
    seconds = timing.take_turns({"ours": ours, "bare": bare}, rounds)
    return len(videos) * protocol.samples, seconds["ours"], seconds["bare"]


def train_epochs(
    folder: Path,
    reader: StackReader,
    videos: list[Video],
    settings: schema.Settings,
    runtime: Runtime,
    rounds: int,
) -> tuple[int, list[float], list[float]]:
    """Train, and return the number of images and the seconds of an epoch of both ways in each round."""
    setup = TrainingSetup.from_settings(settings, runtime, ProcessGroup())
    steps = len(EpochOrder(len(videos), settings["batch"], 0))
    shape = (len(videos) // steps, setup.design.channels, settings["size"], settings["size"])
    ready = runtime.to_memory_format(torch.rand(shape, device=runtime.device))
    network = runtime.prepare(build_network(setup.design, 2)).train()
    optimiser = make_optimiser(network, setup.optimisation)
    loop = bare_epoch(network, optimiser, ready, steps, settings["precision"], runtime)
    loop()
    ours = []
    bare = []
    for n in range(rounds):
        beside = folder / str(n)
        files = TrainingFiles(beside / "state.pt", beside / "history.csv", beside / "scalars")
        _, (_, epoch) = train(reader, videos, None, 2, setup, files)
        ours.append(epoch.batch_time * steps)
        files.state.unlink()
        bare += timing.take_turns({"bare": loop}, 1)["bare"]
    return len(videos), ours, bare


def bare_epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    ready: torch.Tensor,
    steps: int,
    precision: str,
    runtime: Runtime,
) -> Callable[[], None]:
    """Return an epoch of training on the batch `ready`, over and over, without any loading."""
    labels = torch.zeros(len(ready), dtype=torch.int64, device=runtime.device)

    def loop() -> None:
        for _ in range(steps):
            with torch.autocast(runtime.device.type, AUTOCAST[precision], enabled=precision != "float32"):
                scores = network(ready)
            functional.cross_entropy(scores.float(), labels).backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        finish(runtime)

    return loop


def finish(runtime: Runtime) -> None:
    """Wait until the device has finished."""
    if runtime.device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    run(main)
