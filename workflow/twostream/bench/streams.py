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
from torch import nn
from torch.nn import functional

from twostream.bench import timing
from twostream.cache import keys
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config import check, schema
from twostream.config.section import pick
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import network as networks
from twostream.streams import sampling, scoring
from twostream.streams.clips import EpochOrder
from twostream.streams.design import Design
from twostream.streams.views import TestViews
from twostream.training.optimiser import make_optimiser
from twostream.training.recipe import AUTOCAST, TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.videos.index import Video

FRAMES, HEIGHT, WIDTH = 185, 128, 171  # A clip of UCF101 has 185 flow pairs on average.


def main() -> None:
    made = argparse.ArgumentParser(prog="twostream bench streams", description=__doc__)
    made.add_argument("--architecture", default="resnet101")
    made.add_argument("--size", type=int, default=112, help="pixels of the square input")
    made.add_argument("--batch", type=int, default=8, help="videos a step of training")
    made.add_argument("--videos", type=int, default=16, help="to train on and to score")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--workers", type=int, default=0, help="loader processes")
    made.add_argument("--threads", type=int, default=512, help="cores of the CPU")
    made.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    made.add_argument("--precision", default="float32", choices=sorted(AUTOCAST))
    made.add_argument("--channels-last", action="store_true")
    made.add_argument("--compile", action="store_true")
    chosen = made.parse_args()
    device = hardware.device(chosen.device, chosen.threads)
    machine = Runtime(device, chosen.workers, chosen.channels_last, chosen.compile)
    settings = stream(chosen)
    with tempfile.TemporaryDirectory() as folder:
        reader, videos = stored(Path(folder), chosen.videos)
        rows = [
            row("scored", *scored(reader, videos, settings, machine, chosen.rounds)),
            row("trained", *trained(Path(folder), reader, videos, settings, machine, chosen.rounds)),
        ]
    timing.show(rows, {f"{each['what']}_over_bare": round(float(each["ratio"]), 4) for each in rows})


def row(what: str, images: int, ours: list[float], bare: list[float]) -> dict[str, str | float]:
    """Images a second of both ways; the ratio is the median of the rounds'."""
    ratio = median(there / here for here, there in zip(ours, bare, strict=True))
    return {"what": what, "images/s": images / median(ours), "bare images/s": images / median(bare), "ratio": ratio}


def stream(chosen: argparse.Namespace) -> schema.Settings:
    given = {
        "modality": "flow",
        "stack": 10,
        "architecture": chosen.architecture,
        "pretrained": "none",
        "size": chosen.size,
        "batch": chosen.batch,
        "epochs": 2,
        "schedule": "constant",
        "precision": chosen.precision,
    }
    return check.check({"streams": {"measured": given}})["streams"]["measured"]


def stored(folder: Path, count: int) -> tuple[StackReader, list[Video]]:
    """So many videos of flow, stored as the workflow stores it."""

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


def smooth(rng: np.random.Generator) -> np.ndarray:
    """A plane of stored flow that compresses about as well as that of real videos, which noise would not."""
    coarse = rng.normal(128, 4, (HEIGHT // 16, WIDTH // 16)).astype(np.float32)
    return np.rint(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)).astype(np.uint8)


def scored(
    reader: StackReader, videos: list[Video], settings: schema.Settings, machine: Runtime, rounds: int
) -> tuple[int, list[float], list[float]]:
    """Images, and the seconds of both ways in each round."""
    design = pick(Design, settings)
    network = machine.prepare(networks.build(design, 2)).eval()
    protocol = sampling.protocol("ref19")
    starts = {video: sampling.test_starts(protocol, FRAMES, design.stack) for video in videos}
    views = TestViews(reader, design, settings["size"], protocol.crops)
    ready = torch.rand(protocol.samples, design.channels, settings["size"], settings["size"], device=machine.device)
    ready = machine.to_memory_format(ready)

    def ours() -> None:
        for _ in scoring.score(network, views, starts, machine):
            pass

    @torch.inference_mode()
    def bare() -> None:
        for _ in videos:
            network(ready)
        finish(machine)

    ours()
    bare()
    seconds = timing.take_turns({"ours": ours, "bare": bare}, rounds)
    return len(videos) * protocol.samples, seconds["ours"], seconds["bare"]


def trained(
    folder: Path,
    reader: StackReader,
    videos: list[Video],
    settings: schema.Settings,
    machine: Runtime,
    rounds: int,
) -> tuple[int, list[float], list[float]]:
    """As `scored`, of an epoch."""
    setup = TrainingSetup.from_settings(settings, machine, ProcessGroup())
    steps = len(EpochOrder(len(videos), settings["batch"], 0))
    shape = (len(videos) // steps, setup.design.channels, settings["size"], settings["size"])
    ready = machine.to_memory_format(torch.rand(shape, device=machine.device))
    network = machine.prepare(networks.build(setup.design, 2)).train()
    optimiser = make_optimiser(network, setup.optimisation)
    loop = bare_epoch(network, optimiser, ready, steps, settings["precision"], machine)
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
    machine: Runtime,
) -> Callable[[], None]:
    labels = torch.zeros(len(ready), dtype=torch.int64, device=machine.device)

    def loop() -> None:
        for _ in range(steps):
            with torch.autocast(machine.device.type, AUTOCAST[precision], enabled=precision != "float32"):
                scores = network(ready)
            functional.cross_entropy(scores.float(), labels).backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        finish(machine)

    return loop


def finish(machine: Runtime) -> None:
    """Wait for what the device still has to do."""
    if machine.device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
