"""Which epoch to keep, seen on videos that are not trained on.

By group, those are some of the training videos, and the test videos are not looked at. By test, they are the test
videos, as in the code base whose numbers this project reproduces: what comes of that is no honest result, and is
marked in the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from twostream import metrics
from twostream.compute import distributed
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.stacks.reader import StackReader
from twostream.streams import consensus, loader, sampling, scoring
from twostream.streams import network as streams
from twostream.training.history import Validated
from twostream.videos import splits
from twostream.videos.index import Index, Video


@dataclass(frozen=True)
class Sides:
    """Whom to train on; of the training videos, whom not to; and whom to choose the epoch on."""

    train: tuple[Video, ...]
    held_out: tuple[Video, ...]
    watched: tuple[Video, ...]


def divide(index: Index, settings: Mapping[str, Any]) -> Sides:
    """The sides as the section `validation` of the configuration has them.

    By group, no recording stands on both sides, and every class is watched that can be without losing all of its own
    to that side; where none can, there is nobody to watch.
    """
    train = index.subset("train")
    if settings["by"] == "test":
        return Sides(train, (), index.subset("test"))
    if settings["by"] == "none":
        return Sides(train, (), ())
    split = splits.by_group({video.id: video.group for video in train}, settings["fraction"], seed=0)
    held_out = tuple(video for video in train if split.subset_of[video.id] == "test")
    return Sides(tuple(video for video in train if split.subset_of[video.id] == "train"), held_out, held_out)


def chosen_on(watch: "Watch | None") -> str:
    """What the epoch is chosen on, one of `selected_on.EPOCH_SELECTED_ON`: without videos to watch, on nothing."""
    return watch.chosen_on if watch else "nothing"


@dataclass(frozen=True)
class Watch:
    """The videos that an epoch is chosen on, and how they are seen: which samples, agreed on by which rule."""

    reader: StackReader
    videos: Sequence[Video]
    design: streams.Design
    size: int
    protocol: sampling.Protocol
    stack: int
    consensus: str
    top_k: int
    chosen_on: str

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], reader: StackReader, videos: Sequence[Video], design: streams.Design
    ) -> "Watch | None":
        """As the stream's section and `validation` in it have it; None where there are no videos."""
        how = settings["validation"]
        if not videos:
            return None
        return cls(
            reader,
            videos,
            design,
            settings["size"],
            sampling.protocol(how["protocol"], how["samples"]),
            how["stack"],
            settings["consensus"],
            settings["top_k"],
            "test" if how["by"] == "test" else "validation",
        )

    def judge(self, network: nn.Module, machine: Runtime, group: distributed.ProcessGroup) -> Validated:
        """How well `network` tells the videos apart, each by the consensus of its samples."""
        network.eval()
        samples = loader.TestViews(self.reader, self.design, self.size, self.protocol.crops)
        mine = group.own_part(self.videos)
        places = {video: sampling.test_starts(self.protocol, video.frames - 1, self.stack) for video in mine}
        found = np.zeros(4)
        for video, scores in scoring.score(network, samples, places, machine):
            agreed = consensus.agree(torch.from_numpy(scores)[None], self.consensus, self.top_k)
            if not agreed.isfinite().all():
                raise InputError(
                    f"the scores of the validation video {video.id} are not finite: lower this stream's lr or set clip"
                )
            label = torch.tensor([video.label])
            (rank,) = metrics.ranks(agreed.double().numpy(), label.numpy())
            found += [float(functional.cross_entropy(agreed, label)), rank < 1, rank < 5, 1]
        loss, right1, right5, seen = group.all_reduce(found.tolist())
        return Validated(loss / seen, 100 * right1 / seen, 100 * right5 / seen)
