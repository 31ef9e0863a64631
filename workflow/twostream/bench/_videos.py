"""Many stored videos in seconds: a few frames are compressed, and every video is made of these."""

from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from twostream.cache import keys
from twostream.files import hdf5
from twostream.stacks import codecs, links
from twostream.stacks.reader import StackReader
from twostream.videos.index import Video

PAIRS = 185
"""Flow pairs of a video: those of a clip of UCF101 on average."""
DISTINCT, STORED = 24, 16
"""Pairs that are compressed, and videos that are stored; all others are other names of these."""
CELL = 24
"""Pixels between the points that smooth flow is drawn at: it compresses as flow of real videos does."""


def store(folder: Path, count: int, height: int, width: int, codec: str = "zstd") -> tuple[StackReader, list[Video]]:
    """Store `count` videos of flow of this size, and return a reader of them and their entries."""
    videos = [_entry(number, width, height) for number in range(count)]
    rng = np.random.default_rng(0)
    fields = (np.stack([_smooth(rng, height, width) for _ in range(2)]) for _ in range(DISTINCT))
    shard = folder / "flow" / "0000-x.h5"
    shard.parent.mkdir()
    with hdf5.create(folder / "source.h5") as source, hdf5.create(shard) as file:
        codecs.write(source.create_group("v"), fields, DISTINCT, codec, 95)
        hdf5.write_text_attrs(file, key=shard.parent.name)
        for number, video in enumerate(videos[:STORED]):
            _repeat(source["v/dense"], file.create_group(video.id), number)
        for number, video in enumerate(videos[STORED:]):
            file[video.id] = file[videos[number % STORED].id]
    links.write_links(folder / "flow.h5", [shard], "flow")
    return StackReader(folder / "flow.h5"), videos


def _repeat(source: h5py.Dataset, group: h5py.Group, first: int) -> None:
    """Write a video of the chunks of `source`, again and again from the `first` on, as they are."""
    space = h5py.h5s.create_simple((PAIRS, *source.shape[1:]))
    dense = h5py.h5d.create(group.id, b"dense", source.id.get_type(), space, source.id.get_create_plist())
    for t in range(PAIRS):
        skipped, chunk = source.id.read_direct_chunk(((first + t) % len(source), 0, 0, 0))
        dense.write_direct_chunk((t, 0, 0, 0), chunk, filter_mask=skipped)


def _smooth(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Draw a plane of stored flow; noise would not compress."""
    coarse = rng.normal(128, 2, (height // CELL, width // CELL)).astype(np.float32)
    plane: NDArray[np.float32] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.rint(plane).astype(np.uint8)


def _entry(number: int, width: int, height: int) -> Video:
    return Video(
        id=f"A/{number}.avi",
        label=number % 2,
        subset="train",
        group=f"g{number}",
        frames=PAIRS + 1,
        width=width,
        height=height,
        fps=25.0,
        digest=keys.digest(str(number)),
    )
