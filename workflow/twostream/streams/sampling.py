"""Where in a video a network looks: random segments to train, named protocols to test.

`length` counts what a stack is a slice of: frames, or for flow the pairs, one fewer. Starts count from 0. A stack
that would end after the video starts at the last start that fits, or at 0 where none does; the reader then repeats
the last frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.int64]


@dataclass(frozen=True)
class Protocol:
    """A way to test: how many starts in a video, by which rule (floor or centre), and the crops at each."""

    samples: int
    rule: str
    crops: str


CROPS = {"squash": 1, "centre": 1, "five": 5, "ten": 10}
"""Ways to crop a test frame, and the views that each gives."""
BY_VIEWS = {views: crops for crops, views in CROPS.items() if crops != "squash"}
"""What the setting `test.crops`, a number, means; only a protocol can ask for squash."""

PROTOCOLS = {
    "ref19": Protocol(19, "floor", "squash"),
    "tsn25x10": Protocol(25, "centre", "ten"),
    "center25": Protocol(25, "centre", "centre"),
}


def protocol(name: str, samples: int | None = None, crops: int | None = None) -> Protocol:
    """Return the protocol called `name`, with its own numbers of starts and of crops, or with these."""
    named = PROTOCOLS[name]
    return replace(named, samples=samples or named.samples, crops=BY_VIEWS[crops] if crops else named.crops)


def test_starts(protocol: Protocol, pairs: int, stack: int) -> Starts:
    """Return the starts (samples,) in a video of `pairs` flow pairs, the same for every stream.

    ref19: k * int((F - L + 1) / 19). tsn25x10, center25: int(tick / 2 + tick * k) with
    tick = (N - L + 1) / 25 and N = F + 1 frames (Wang et al., "Temporal Segment Networks", 2016).
    """
    count = protocol.samples
    k = np.arange(count)
    if protocol.rule == "floor":
        starts = k * int(max(pairs - stack + 1, 0) / count)
    else:
        tick = max(pairs + 1 - stack + 1, 0) / count
        starts = (tick / 2 + tick * k).astype(np.int64)
    return np.minimum(starts, max(pairs - stack, 0))


def in_steps(starts: Starts | Sequence[int], step: int, length: int, stack: int) -> Starts:
    """Return the starts, frames of a video, as those of its `length` flow fields from each `step`-th frame to the next.

    A stack that would end after the last field starts at the last start that fits, or at 0.
    """
    return np.minimum(np.asarray(starts, np.int64) // step, max(length - stack, 0))


def train_starts(rng: np.random.Generator, length: int, stack: int, segments: int, rule: str = "segments") -> Starts:
    """Draw `segments` starts in a video of `length` frames, (segments,).

    segments: one in each of as many equal parts of the video, as TSN does, and the reference for its three frames.
    random: each anywhere, as the reference draws its one stack.
    """
    count = max(length - stack + 1, 1)
    edges = np.arange(segments + 1) * count // segments if rule == "segments" else np.array([0, count])
    return rng.integers(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1), size=segments)
