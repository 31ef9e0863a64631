"""Where in a video a network looks: random segments to train, named protocols to test.

`length` is the number of places a stack can start at plus the stack less one: flow pairs for flow.
Starts count from 0. A stack that would end after the video starts at the last place that fits, or at
0 where none does; the reader then repeats the last frame.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.int64]


@dataclass(frozen=True)
class Protocol:
    """A way to test: how many places, spread how, seen through which crops."""

    samples: int
    spread: str
    crops: str


CROPS = {1: "centre", 5: "five", 10: "ten"}
"""Crops to test with, by their number."""

PROTOCOLS = {
    "ref19": Protocol(19, "floor", "squash"),
    "tsn25x10": Protocol(25, "centre", "ten"),
    "center25": Protocol(25, "centre", "centre"),
}


def protocol(name: str, samples: int | None = None, crops: int | None = None) -> Protocol:
    """The protocol called `name`, with its own number of places and of crops, or with these."""
    known = PROTOCOLS[name]
    return replace(known, samples=samples or known.samples, crops=CROPS[crops] if crops else known.crops)


def test_starts(protocol: Protocol, pairs: int, stack: int) -> Starts:
    """The starts (samples,) in a video of `pairs` flow pairs, the same for every stream.

    ref19: k * int((F - L + 1) / 19). tsn25x10, center25: int(tick / 2 + tick * k) with
    tick = (N - L + 1) / 25 and N = F + 1 frames (Wang et al., "Temporal Segment Networks", 2016).
    """
    count = protocol.samples
    k = np.arange(count)
    if protocol.spread == "floor":
        starts = k * int(max(pairs - stack + 1, 0) / count)
    else:
        tick = max(pairs + 1 - stack + 1, 0) / count
        starts = (tick / 2 + tick * k).astype(np.int64)
    return np.minimum(starts, max(pairs - stack, 0))


def train_starts(rng: np.random.Generator, length: int, stack: int, segments: int, rule: str = "segments") -> Starts:
    """`segments` random starts in a video of `length` frames, (segments,).

    segments: one in each of as many equal parts of the video, as TSN has it, and the reference for its three
    frames. random: each anywhere, as the reference draws its one stack.
    """
    places = max(length - stack + 1, 1)
    edges = np.arange(segments + 1) * places // segments if rule == "segments" else np.array([0, places])
    return rng.integers(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1), size=segments)
