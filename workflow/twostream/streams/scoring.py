"""A network's scores of videos, frame by frame."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from twostream.compute.hardware import Runtime
from twostream.streams import loader
from twostream.streams import network as streams
from twostream.streams.augmentation import VIEWS
from twostream.streams.sampling import Starts
from twostream.videos.index import Video

Item = TypeVar("Item")

VIEWS_AT_ONCE = 64


def score(
    network: nn.Module,
    samples: loader.TestViews,
    places: Mapping[Video, Starts],
    machine: Runtime,
    keep_crops: bool = False,
) -> Iterator[tuple[Video, NDArray[np.float32]]]:
    """Each video and its scores (places, classes), its crops averaged, or kept one after another at each place.

    What is scored at once is loaded while the part before is scored.
    """
    views = VIEWS[samples.crops]
    at_once = max(1, VIEWS_AT_ONCE // views)
    parts = {video: np.split(starts, range(at_once, len(starts), at_once)) for video, starts in places.items()}
    wanted = [(video.id, part.tolist()) for video in places for part in parts[video]]
    loading = iter(loader.load(samples, wanted, machine.loader_workers, machine.device))
    scored = (
        (video, torch.cat([_forward(network, next(loading), samples.design, machine) for _ in parts[video]]))
        for video in places
    )
    for video, scores in _one_late(scored):
        every = scores.cpu()
        yield video, (every if keep_crops else every.unflatten(0, (-1, views)).mean(dim=1)).numpy()


def _one_late(items: Iterable[Item]) -> Iterator[Item]:
    """Each of the `items` when the next one is asked of the device already, which then need not wait for us."""
    waiting: list[Item] = []
    for item in items:
        waiting.append(item)
        if len(waiting) > 1:
            yield waiting.pop(0)
    yield from waiting


@torch.inference_mode()
def _forward(network: nn.Module, views: Tensor, design: streams.Design, machine: Runtime) -> Tensor:
    """The scores (n, classes) of uint8 `views` (n, channels, height, width)."""
    return network(machine.to_memory_format(streams.normalise(machine.to_device(views), design))).float()
