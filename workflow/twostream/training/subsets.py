"""Which videos a network is trained on, and which its epoch is chosen on. It imports no torch: planning reads it.

By group, the epoch is chosen on some of the training videos, and the test videos are not looked at. By test, on the
test videos, as in the code base whose numbers this project reproduces: such a number is no honest result, and the
report marks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twostream.videos import splits
from twostream.videos.index import Index, Video


@dataclass(frozen=True)
class Subsets:
    """The videos to train on; the training videos that are held out; and the videos to choose the epoch on."""

    train: tuple[Video, ...]
    held_out: tuple[Video, ...]
    validation: tuple[Video, ...]


def divide(index: Index, settings: Mapping[str, Any]) -> Subsets:
    """Return the subsets as the section `validation` of the configuration asks for them.

    By group, no recording is in two subsets, and every class that can be is represented in the validation videos;
    where no class can be, there are no validation videos.
    """
    train = index.subset("train")
    if settings["by"] == "test":
        return Subsets(train, (), index.subset("test"))
    if settings["by"] == "none":
        return Subsets(train, (), ())
    class_of = {video.id: str(video.label) for video in train}
    split = splits.by_group({video.id: video.group for video in train}, settings["fraction"], 0, class_of)
    held_out = tuple(video for video in train if split.subset_of[video.id] == "test")
    return Subsets(tuple(video for video in train if split.subset_of[video.id] == "train"), held_out, held_out)
