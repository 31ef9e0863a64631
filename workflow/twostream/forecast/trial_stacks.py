"""Stacks for the trial of networks: some frames of videos, and flow between them, stored as the settings say."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twostream.flow.compute import load
from twostream.flow.quantise import quantise
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.videos import decode
from twostream.videos.image import Image, rgb_planes
from twostream.videos.index import Video

FRAMES = 12
"""Of a video that are decoded; they are stored again and again."""
ENGINE = "farneback"
"""The backend of the flow: a fast one, since only loading is to be tried."""


def store(
    folder: Path, videos: Sequence[tuple[str, str, int]], settings: Mapping[str, Any], length: int
) -> tuple[dict[str, StackReader], list[Video]]:
    """Store `videos`, rows of path, id and pixels, as rgb and flow of `length` frames; return readers and entries.

    `settings` are the sections `frames` and `flow`.
    """
    entries = [_entry(number, length) for number in range(len(videos))]
    path_of = {entry.id: Path(path) for entry, (path, *_) in zip(entries, videos, strict=True)}
    readers = {}
    for modality, section in (("rgb", settings["frames"]), ("flow", settings["flow"])):

        def write(video: Video, group: h5py.Group, modality: str = modality, section: Any = section) -> None:
            pictures = list(islice(decode.decode(path_of[video.id], section["short_side"]), FRAMES))
            fields = [*map(rgb_planes, pictures)] if modality == "rgb" else _flow(pictures, section)
            stored = islice(cycle(fields), length)
            codecs.write(group, stored, length, section["codec"], section["quality"])
            if modality == "flow":
                group.attrs["bound"] = section["bound"]

        shard = folder / modality / "0000-trial.h5"
        shards.fill(shard, entries, write)
        links.write_links(folder / f"{modality}.h5", [shard], modality)
        readers[modality] = StackReader(folder / f"{modality}.h5")
    return readers, entries


def _flow(pictures: Sequence[Image], settings: dict[str, Any]) -> list[Image]:
    engine = load(settings | {"backend": ENGINE}, "cpu")
    fields = [quantise(field, settings["bound"]) for field in engine(iter(pictures))]
    return fields or [np.full((2, *pictures[0].shape[:2]), 128, np.uint8)]


def _entry(number: int, length: int) -> Video:
    return Video(
        id=f"A/{number}.avi",
        label=0,
        subset="train",
        group=str(number),
        frames=length + 1,
        width=0,
        height=0,
        fps=25.0,
        digest=str(number),
    )
