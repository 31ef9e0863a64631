"""A network's scores of videos, sample by sample."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from twostream.compute.hardware import Runtime
from twostream.streams import inputs, loader
from twostream.streams.design import Design
from twostream.streams.sampling import CROPS, Starts
from twostream.streams.views import TestViews
from twostream.videos.index import Video

Item = TypeVar("Item")

VIEWS_AT_ONCE = 64
"""Views that the network takes at once, at most, unless those at one start are more."""


def score(
    network: nn.Module,
    views: TestViews,
    starts: Mapping[Video, Starts],
    runtime: Runtime,
    keep_crops: bool = False,
) -> Iterator[tuple[Video, NDArray[np.float32]]]:
    """Yield each video and its scores (starts, classes), averaged over the crops at each start.

    With `keep_crops` they are (starts x crops, classes), those of a start one after another. A batch is loaded while
    the one before is scored.
    """
    crops = CROPS[views.crops]
    at_once = max(1, VIEWS_AT_ONCE // crops)
    parts = {video: np.split(every, range(at_once, len(every), at_once)) for video, every in starts.items()}
    requests = [(video.id, part.tolist()) for video in starts for part in parts[video]]
    batches = iter(loader.load(views, requests, runtime.loader_workers, runtime.device))
    on_device = (
        (video, torch.cat([_score_batch(network, next(batches), views.design, runtime) for _ in parts[video]]))
        for video in starts
    )
    for video, by_view in _one_late(on_device):
        scores = by_view.cpu()
        yield video, (scores if keep_crops else scores.unflatten(0, (-1, crops)).mean(dim=1)).numpy()


def _one_late(items: Iterable[Item]) -> Iterator[Item]:
    """Yield each of the `items` after asking for the next one, so that the device need not wait for the caller."""
    pending: list[Item] = []
    for item in items:
        pending.append(item)
        if len(pending) > 1:
            yield pending.pop(0)
    yield from pending


@torch.inference_mode()
def _score_batch(network: nn.Module, clips: Tensor, design: Design, runtime: Runtime) -> Tensor:
    return inputs.scores(network, clips, design, runtime).float()
