"""A trial of streams on stored stacks: steps of training and of scoring, loading included, as the workflow does them.

It is for `twostream plan`; the table before a run cannot wait for it, and has `network_trial`.

`python -m twostream.forecast.stream_trial JSON` prints what it measured as JSON; its argument is that of `measure`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from twostream.cache.clock import Clock, peak_memory, seconds_to_start
from twostream.cache.rates import Rate
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.compute.options import NetworkOptions
from twostream.console import run
from twostream.forecast import trial_stacks
from twostream.forecast.amounts import PASSES_OF_TRAINING
from twostream.stacks.reader import StackReader
from twostream.streams import sampling
from twostream.streams.design import MODALITIES
from twostream.streams.epoch_order import EpochOrder
from twostream.streams.network import without_classifier
from twostream.streams.sampling import CROPS, Protocol
from twostream.streams.scoring import Scorer
from twostream.streams.views import EvaluationViews
from twostream.training.learner import Learner, begin
from twostream.training.recipe import TrainingSetup
from twostream.training.train import load_batches, train_step
from twostream.videos.index import Video

LENGTH = 80
"""Frames of the stored videos, unless stacks are so long that two need more."""
FEWEST = 2
"""Videos in a part of a step, at least: batch normalisation needs two."""


@dataclass(frozen=True, kw_only=True)
class StreamTrial:
    """The rates of a stream's `training` and `scoring`, and the seconds of `saving` at the end of an epoch.

    The classifier sees so many numbers, `features`, of a view; a job holds so many bytes of `memory`, on a GPU those of
    its host.
    """

    training: Rate
    scoring: Rate
    saving: float
    features: int
    memory: float


def measure(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trial of the stream in the `request`, and whether it ran on a GPU.

    The request has the sections `stream`, `test`, `frames` and `flow`; `network`, the options of `NetworkOptions`; the
    numbers of `threads` and of `classes`; `videos` as rows of path, id and pixels; and the `seconds` that it may take.
    """
    runtime = hardware.runtime(NetworkOptions(**request["network"]), request["threads"])
    with tempfile.TemporaryDirectory() as name:
        folder, stream = Path(name), request["stream"] | {"pretrained": "none"}
        length = max(LENGTH, 2 * stream["stack"])
        readers, videos = trial_stacks.store(folder, request["videos"], request, length)
        trial = _StreamTrial(readers[MODALITIES[stream["modality"]].stored], videos, stream, runtime, request)
        return asdict(trial.run(folder)) | {"is_gpu": runtime.is_gpu}


class _StreamTrial:
    """A trial of `stream` on `videos` of stored stacks."""

    def __init__(
        self,
        reader: StackReader,
        videos: Sequence[Video],
        stream: Mapping[str, Any],
        runtime: Runtime,
        request: Mapping[str, Any],
    ) -> None:
        self.reader, self.videos, self.stream, self.runtime = reader, videos, stream, runtime
        self.threads, self.seconds, self.test = request["threads"], request["seconds"], request["test"]
        self.classes = request["classes"]

    def run(self, folder: Path) -> StreamTrial:
        """Try training, saving and scoring."""
        start = seconds_to_start()
        setup = TrainingSetup.from_settings(self.stream, self.runtime, ProcessGroup())
        before, learner = peak_memory(), begin(self.classes, setup)
        batch, of_video = self._train(learner, setup)
        grown = (peak_memory() - before) * max(1.0, self.stream["batch"] / batch)
        bytes = float(sum(weight.nbytes for weight in learner.network.state_dict().values()))
        saving = self._save(learner, folder)
        passes = PASSES_OF_TRAINING * self.stream["segments"]
        return StreamTrial(
            training=Rate(seconds=of_video / passes, bytes=bytes, start=start),
            scoring=Rate(seconds=self._score(learner, setup), bytes=4.0, start=start),
            saving=saving,
            features=without_classifier(learner.network)[1].in_features,
            memory=before + grown,
        )

    def _train(self, learner: Learner, setup: TrainingSetup) -> tuple[int, float]:
        """Return how many videos were in a step, and the core-seconds of one of them.

        If a step of the stream's own batch takes too long, a step has as many videos as there is time for.
        """
        fewest = FEWEST * self.stream["accumulate"]
        self._steps(learner, setup, fewest, 0.0)  # Libraries are loaded and kernels compiled once, not for each step.
        of_video = self._steps(learner, setup, fewest, 0.0)
        fits = int(self.seconds / 2 * self.threads / of_video)
        batch = max(fewest, min(self.stream["batch"], fits))
        return batch, self._steps(learner, setup, batch, self.seconds / 2) if batch > fewest else of_video

    def _steps(self, learner: Learner, setup: TrainingSetup, batch: int, seconds: float) -> float:
        """Return the core-seconds of a video in steps of `batch`, which go on for so many `seconds`; two at least."""
        videos = [self.videos[number % len(self.videos)] for number in range(batch)]
        order = EpochOrder(batch, batch, 0)
        _, batches = load_batches(self.reader, videos, order, range(1 << 20), setup)
        if seconds:
            train_step(learner, batches, batch, (0, 0), setup)
        hardware.wait(self.runtime.device)
        clock, began, steps = Clock(), time.monotonic(), 0
        while not steps or time.monotonic() - began < seconds:
            train_step(learner, batches, batch, (0, steps), setup)
            steps += 1
            hardware.wait(self.runtime.device)
        return clock.core_seconds(self.threads, together=True) / (steps * batch)

    def _save(self, learner: Learner, folder: Path) -> float:
        """Return the seconds in which what an epoch has learned is saved."""
        clock = Clock()
        learner.keep_weights()
        learner.save(folder / "state.pt", [])
        return clock.core_seconds()

    def _score(self, learner: Learner, setup: TrainingSetup) -> float:
        """Return the core-seconds of a pass of scoring, by all starts in a video or as many as there is time for."""
        network = learner.network.eval()
        protocol = sampling.protocol(self.test["protocol"], self.test["samples"], self.test["crops"])
        size, is_raw = self.stream["size"], self.runtime.device_crops
        views = EvaluationViews(self.reader, setup.design, size, protocol.crops, is_raw)
        crops = CROPS[protocol.crops]
        of_start = [self._rounds(network, views, protocol, 1, 0.0) for _ in range(2)][-1]
        fits = int(self.seconds / 4 * self.threads / (of_start * len(self.videos)))
        samples = max(1, min(protocol.samples, fits))
        return self._rounds(network, views, protocol, samples, self.seconds / 4) / crops

    def _rounds(
        self, network: nn.Module, views: EvaluationViews, protocol: Protocol, samples: int, least: float
    ) -> float:
        """Return the core-seconds of one of the first `samples` starts; scoring takes at `least` so many seconds."""
        stack = views.design.stack
        starts = {video: sampling.test_starts(protocol, video.frames - 1, stack)[:samples] for video in self.videos}
        scorer = Scorer(views, starts, self.runtime)
        clock, began, rounds = Clock(), time.monotonic(), 0
        while not rounds or time.monotonic() - began < least:
            for _ in scorer.scores(network):
                pass
            rounds += 1
        return clock.core_seconds(self.threads, together=True) / (rounds * samples * len(self.videos))


def main() -> None:
    """Print the result of the trial that the argument asks for."""
    print(json.dumps(measure(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    run(main)
