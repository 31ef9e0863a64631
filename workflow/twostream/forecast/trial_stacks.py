"""Stacks for the trial of networks: some frames of videos, and flow between them, stored as the settings say."""

from collections.abc import Mapping, Sequence
from functools import partial
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
"""Frames of a video that are decoded; they are stored again and again."""
ENGINE = "farneback"
"""The backend of the flow: a fast one, since only loading is tried."""


def store(
    folder: Path, videos: Sequence[tuple[str, str, int]], settings: Mapping[str, Any], length: int
) -> tuple[dict[str, StackReader], list[Video]]:
    """Store `videos`, rows of path, id and pixels, as rgb and flow of `length` frames; return readers and entries.

    `settings` has the sections `frames` and `flow`. A reader is named by what is stored: `rgb` or `flow`.
    """
    entries = [_entry(number, length) for number in range(len(videos))]
    path_of = {entry.id: Path(path) for entry, (path, *_) in zip(entries, videos, strict=True)}
    readers = {}
    for modality, section in (("rgb", settings["frames"]), ("flow", settings["flow"])):
        shard = folder / modality / "0000-trial.h5"
        shards.fill(shard, entries, partial(_write, path_of, modality, section, length))
        links.write_links(folder / f"{modality}.h5", [shard], modality)
        readers[modality] = StackReader(folder / f"{modality}.h5")
    return readers, entries


def _write(
    path_of: Mapping[str, Path], modality: str, section: Mapping[str, Any], length: int, video: Video, group: h5py.Group
) -> None:
    """Write the first frames of `video`, or flow between them, again and again: `length` in all."""
    pictures = list(islice(decode.decode(path_of[video.id], section["short_side"]), FRAMES))
    fields = [*map(rgb_planes, pictures)] if modality == "rgb" else _flow(pictures, section)
    codecs.write(group, islice(cycle(fields), length), length, section["codec"], section["quality"])
    if modality == "flow":
        group.attrs["bound"] = section["bound"]


def _flow(pictures: Sequence[Image], settings: Mapping[str, Any]) -> list[Image]:
    """Return stored flow (2, H, W) between BGR `pictures`; one field without motion where there is one picture."""
    engine = load({**settings, "backend": ENGINE}, "cpu")
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
