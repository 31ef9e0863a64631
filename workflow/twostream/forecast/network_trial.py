"""A trial of networks on batches of noise, before any is trained.

It is for the table before a run and for `twostream init`: it takes seconds for all streams, in one process, and needs
no video. The trial of `stream_trial`, for `twostream plan`, takes a part of a minute for each stream: it stores stacks,
and measures loading, saving and memory too.

`python -m twostream.forecast.network_trial JSON` prints what it measured as JSON; its argument is that of `measure`.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from twostream.cache.clock import Clock, seconds_to_start
from twostream.cache.rates import Rate
from twostream.compute import hardware, workers
from twostream.config.section import pick
from twostream.console import run
from twostream.forecast.amounts import PASSES_OF_TRAINING
from twostream.streams.design import Design
from twostream.streams.network import build_network, without_classifier
from twostream.training.recipe import AUTOCAST

SECONDS = 1.5
"""Seconds after which no further batch is tried, of each network in training and in scoring."""
BATCH = {"cpu": 8, "cuda": 64}
"""Stacks in a batch, at most, on each kind of device."""
CLASSES = 100
"""Classes of the networks that are tried; their number hardly matters."""


@dataclass(frozen=True)
class NetworkTrial:
    """The rates of training a network and of scoring with it; its classifier sees so many `features` of a view."""

    training: Rate
    scoring: Rate
    features: int


def measure(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the trial of each of the `streams` in `request`, sections of the configuration, on its `device`."""
    is_on_gpu = request["device"] != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if is_on_gpu else "cpu")
    threads = workers.cores(request["threads"])
    torch.set_num_threads(threads)
    return [asdict(try_network(stream, device, threads)) for stream in request["streams"]]


def try_network(stream: Mapping[str, Any], device: torch.device, threads: int) -> NetworkTrial:
    """Return what a pass of the network of `stream` takes, whose weights are drawn at random."""
    start = seconds_to_start()
    design = pick(Design, {**stream, "pretrained": "none"})
    network = build_network(design, CLASSES).to(device)
    count = max(2, min(BATCH[device.type], stream["batch"] * stream["segments"]))
    stacks = torch.rand(count, design.channels, stream["size"], stream["size"], device=device)
    precision = stream["precision"]
    autocast = torch.autocast(device.type, AUTOCAST[precision], enabled=precision != "float32")

    def train() -> None:
        with autocast:
            loss = functional.cross_entropy(network(stacks), torch.zeros(count, dtype=torch.long, device=device))
        loss.backward()
        network.zero_grad(set_to_none=True)

    def score() -> None:
        with torch.no_grad():
            network(stacks)

    bytes = float(sum(weight.nbytes for weight in network.state_dict().values()))
    seconds = [_seconds(way, network, mode, device, threads) for way, mode in ((train, True), (score, False))]
    trained, scored = (threads * spent / count for spent in seconds)
    return NetworkTrial(
        Rate(seconds=trained / PASSES_OF_TRAINING, bytes=bytes, start=start),
        Rate(seconds=scored, bytes=4.0, start=start),
        without_classifier(network)[1].in_features,
    )


def _seconds(
    way: Callable[[], None], network: nn.Module, is_training: bool, device: torch.device, threads: int
) -> float:
    """Return the mean seconds of calling `way` on an idle machine, after a first call that is not counted."""
    network.train(is_training)
    way()
    hardware.wait(device)
    clock, began, calls = Clock(), time.monotonic(), 0
    while calls == 0 or time.monotonic() - began < SECONDS:
        way()
        hardware.wait(device)
        calls += 1
    return clock.core_seconds(threads, together=True) / (threads * calls)


def main() -> None:
    """Print the result of the trial that the argument asks for."""
    print(json.dumps(measure(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    run(main)
