"""Which epoch to keep, measured on validation videos, which are not trained on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from twostream import metrics, selected_on
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.stacks.reader import StackReader
from twostream.streams import consensus, sampling
from twostream.streams.design import Design
from twostream.streams.scoring import Scorer
from twostream.streams.views import EvaluationViews
from twostream.training.history import ValidationResult
from twostream.videos.index import Video


def chosen_on(validator: "Validator | None") -> str:
    """Return what the epoch is chosen on, one of `selected_on.EPOCH_SELECTED_ON`: without a validator, on nothing."""
    return validator.chosen_on if validator else selected_on.NOTHING


@dataclass(frozen=True, kw_only=True)
class Validator:
    """The videos that an epoch is chosen on, where in them a network looks, and how its scores are combined."""

    reader: StackReader
    videos: Sequence[Video]
    design: Design
    size: int
    protocol: sampling.Protocol
    stack: int
    consensus: str
    top_k: int
    chosen_on: str

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], reader: StackReader, videos: Sequence[Video], design: Design
    ) -> "Validator | None":
        """Return what the stream's section and its `validation` ask for; None where there are no videos."""
        validation = settings["validation"]
        if not videos:
            return None
        return cls(
            reader=reader,
            videos=videos,
            design=design,
            size=settings["size"],
            protocol=sampling.protocol(validation["protocol"], validation["samples"]),
            stack=validation["stack"],
            consensus=settings["consensus"],
            top_k=settings["top_k"],
            chosen_on=selected_on.TEST if validation["by"] == "test" else selected_on.VALIDATION,
        )

    def start(self, runtime: Runtime, processes: ProcessGroup) -> Callable[[nn.Module], ValidationResult]:
        """Return what gives loss and accuracy of a network on the videos, each by the consensus of its samples.

        The processes that load the videos stay from one network to the next.
        """
        views = EvaluationViews(self.reader, self.design, self.size, self.protocol.crops, runtime.device_crops)
        mine = processes.own_part(self.videos)
        starts = {video: sampling.test_starts(self.protocol, video.frames - 1, self.stack) for video in mine}
        scorer = Scorer(views, starts, runtime)

        def validate(network: nn.Module) -> ValidationResult:
            network.eval()
            totals = np.zeros(4)
            for video, samples in scorer.scores(network):
                scores = consensus.combine(torch.from_numpy(samples)[None], self.consensus, self.top_k)
                totals += _counts(scores, video)
            loss, right1, right5, count = processes.all_reduce(totals.tolist())
            return ValidationResult(loss / count, 100 * right1 / count, 100 * right5 / count)

        return validate


def _counts(scores: Tensor, video: Video) -> list[float]:
    """Return loss, right at first, right within five, and 1 of `scores` (1, classes); InputError if not finite."""
    if not scores.isfinite().all():
        raise InputError(
            f"the validation video {video.id}", "its scores are not finite", "lower this stream's lr, or set its clip"
        )
    label = torch.tensor([video.label])
    (rank,) = metrics.ranks(scores.double().numpy(), label.numpy())
    return [float(functional.cross_entropy(scores, label)), rank < 1, rank < 5, 1]
