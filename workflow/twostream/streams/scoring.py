"""A network's scores of videos, sample by sample."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from twostream.compute.hardware import HostCopy, Runtime
from twostream.streams import inputs, loader
from twostream.streams.design import Design
from twostream.streams.device_batches import prepared
from twostream.streams.graphs import Pass, Passes
from twostream.streams.sampling import CROPS, Starts
from twostream.streams.views import EvaluationViews
from twostream.videos.index import Video

VIEWS_AT_ONCE = 64
"""Views that the network takes at once, at most, unless those at one start are more."""

VideoPart = tuple[Video, Sequence[int]]
"""A video, and some of the starts in it."""


class Scorer:
    """The videos that networks score, and the processes that load them, which stay for the next network."""

    def __init__(
        self, views: EvaluationViews, starts: Mapping[Video, Starts], runtime: Runtime, rounds: int | None = None
    ) -> None:
        """Prepare to score the videos at their `starts`, by as many networks as `rounds` says, or any number."""
        self.views = views
        self.runtime = runtime
        self._number_of_starts = {video: len(every) for video, every in starts.items()}
        self._batches = _batches(starts, CROPS[views.crops], runtime)
        requests = [[(video.id, part) for video, part in batch] for batch in self._batches]
        every = chain.from_iterable(repeat(requests) if rounds is None else repeat(requests, rounds))
        loading = loader.load(views, every, runtime.loader_workers, runtime.pins_batches)
        self._loaded = prepared(loading, partial(views.prepare, runtime=runtime), runtime)
        self._passes: Passes | None = None

    def scores(self, network: nn.Module, keep_crops: bool = False) -> Iterator[tuple[Video, NDArray[np.float32]]]:
        """Yield each video and the network's scores of it (starts, classes), averaged over the crops at each start.

        With `keep_crops` they are (starts x crops, classes), those of a start one after another. A batch is loaded
        while the one before is scored.
        """
        crops = CROPS[self.views.crops]
        parts: list[Tensor] = []
        for batch, by_view in self._by_batch(network):
            by_video = by_view.split([len(starts) * crops for _, starts in batch])
            for (video, _), part in zip(batch, by_video, strict=True):
                parts.append(part)
                if sum(len(each) for each in parts) < self._number_of_starts[video] * crops:
                    continue
                scores, parts = torch.cat(parts), []
                yield video, (scores if keep_crops else scores.unflatten(0, (-1, crops)).mean(dim=1)).numpy()

    def _by_batch(self, network: nn.Module) -> Iterator[tuple[list[VideoPart], Tensor]]:
        """Yield each batch and its scores, on the CPU, after the next one is queued: the device need not wait."""
        queue: deque[tuple[list[VideoPart], HostCopy]] = deque()
        if self.runtime.records_passes and (self._passes is None or self._passes.network is not network):
            self._passes = Passes(network, self.runtime)
        run = self._passes or network
        for batch in self._batches:
            (clips,) = next(self._loaded)
            queue.append((batch, HostCopy(_score_batch(run, clips, self.views.design, self.runtime))))
            if len(queue) > 1:
                before, scores = queue.popleft()
                yield before, scores.values()
        for last, scores in queue:
            yield last, scores.values()


def score(
    network: nn.Module,
    views: EvaluationViews,
    starts: Mapping[Video, Starts],
    runtime: Runtime,
    keep_crops: bool = False,
) -> Iterator[tuple[Video, NDArray[np.float32]]]:
    """Yield each video and its scores, as `Scorer.scores` does, by one network."""
    return Scorer(views, starts, runtime, rounds=1).scores(network, keep_crops)


def _batches(starts: Mapping[Video, Starts], crops: int, runtime: Runtime) -> list[list[VideoPart]]:
    """Return what is scored at once: if the device crops always as many views, of several videos; else parts of one.

    On a CPU, that keeps the scores of a video the same to the bit, whichever others are scored.
    """
    at_once = max(1, VIEWS_AT_ONCE // crops)
    if not runtime.device_crops:
        return [
            [(video, part.tolist())]
            for video, every in starts.items()
            for part in np.split(every, range(at_once, len(every), at_once))
        ]
    batches: list[list[VideoPart]] = []
    room = 0
    for video, every in starts.items():
        rest = every.tolist()
        while rest:
            if not room:
                batches.append([])
                room = at_once
            batches[-1].append((video, rest[:room]))
            rest, room = rest[room:], max(0, room - len(rest))
    return batches


@torch.inference_mode()
def _score_batch(network: Pass, clips: Tensor, design: Design, runtime: Runtime) -> Tensor:
    return inputs.scores(network, clips, design, runtime).float()
