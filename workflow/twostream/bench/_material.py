"""The material of the loader's benchmark: frames and flow of real or rendered videos, stored by a codec."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from twostream.bench._settings import BOUND
from twostream.compute import workers
from twostream.errors import InputError
from twostream.flow.parameters import TVL1
from twostream.flow.quantise import quantise
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.text import counted
from twostream.videos.image import rgb_planes
from twostream.videos.index import Video
from twostream.videos.names import is_video

STACK, SHORT_SIDE = 10, 256
"""Flow fields of a stack, and pixels of the shorter side of a frame."""
SHARDS = 64
"""Files that many videos are spread over."""

Frames = NDArray[np.uint8]
"""Stored frames or flow fields (T, channels, height, width)."""


def frames_and_flow(folder: Path | None, pairs: int) -> tuple[Frames, Frames]:
    """Return RGB frames (pairs, 3, H, W) and quantised flow (pairs, 2, H, W), of up to three videos in equal parts."""
    from twostream.config import check
    from twostream.flow.compute import compute, load_solver

    tvl1 = TVL1.from_settings(check.check({})["flow"]["tvl1"])
    decoded = _decoded(folder)
    clips = {name: list(islice(clip, -(-pairs // len(decoded)) + 1)) for name, clip in decoded.items()}
    _check_length(clips)
    fields = [
        quantise(field, BOUND)
        for clip in workers.progress(list(clips.values()), "flow", "video")
        for field in compute(iter(clip), tvl1, load_solver("fused"))
    ][:pairs]
    height, width = (int(side) for side in np.min([field.shape for field in fields], axis=0)[1:])
    frames = [rgb_planes(frame[:height, :width]) for clip in clips.values() for frame in clip[1:]][:pairs]
    return np.stack(frames), np.stack([field[:, :height, :width] for field in fields])


def _decoded(folder: Path | None) -> dict[str, Iterator[Frames]]:
    """Return the frames of up to three videos of `folder`, or of the demo, by name."""
    from twostream.videos import decode, demo

    if folder is None:
        settings = demo.Settings(
            seed=0, width=340, height=SHORT_SIDE, frames=60, train_groups=1, test_groups=1, clips_per_group=1
        )
        names = ("BrickSlide", "LeafClimb", "WaveSpin")
        return {name: iter(demo.clip_frames(settings, demo.Clip(name, 1, 1))) for name in names}
    files = sorted(path for path in folder.rglob("*") if is_video(path.name))
    if not files:
        raise InputError(folder, "holds no video", "choose a folder that holds some")
    return {str(path): decode.decode(path, SHORT_SIDE) for path in files[:: max(1, len(files) // 3)][:3]}


def _check_length(clips: Mapping[str, Sequence[Frames]]) -> None:
    """Raise InputError where a video gives no flow, or all of them not a stack."""
    for name, clip in clips.items():
        if len(clip) < 2:
            raise InputError(
                name, f"{counted(len(clip), 'frame')} can be decoded, at least 2 are needed", "delete the file"
            )
    pairs = sum(len(clip) - 1 for clip in clips.values())
    if pairs < STACK:
        raise InputError(", ".join(clips), f"{pairs} flow pairs, at least {STACK} are needed", "add longer videos")


def store(folder: Path, frames: Frames, codec: str, quality: int, videos: int = 8) -> tuple[StackReader, list[Video]]:
    """Store some videos with the same frames by `codec`, and return a reader of them and their entries."""

    def write(_: Video, group: h5py.Group) -> None:
        codecs.write(group, iter(frames), len(frames), codec, quality)

    height, width = frames.shape[2:]
    entries = [_entry(i, len(frames), width, height) for i in range(videos)]
    shard = folder / f"{codec}{quality}{frames.shape[1]}" / "0000-a.h5"
    shards.fill(shard, entries, write, workers=2)
    links.write_links(shard.parent / "linked" / "stacks.h5", [shard], "flow")
    return StackReader(shard.parent / "linked" / "stacks.h5"), entries


def stored_bytes(reader: StackReader) -> int:
    """Return the bytes of one video that `store` has stored."""
    with h5py.File(reader.path.parents[1] / "0000-a.h5") as file:
        return sum(dataset.id.get_storage_size() for dataset in file["A/0.avi"].values())


def store_copies(folder: Path, frames: Frames, counts: Iterable[int]) -> dict[int, "Stacks"]:
    """Store `frames` as one video, and return for each of `counts` stacks of a linked file with so many names of it."""

    def write(_: Video, group: h5py.Group) -> None:
        codecs.write(group, iter(frames), len(frames), "zstd", 95)

    shard, video = folder / "grown" / "0000-a.h5", _entry(0, len(frames), 0, 0)
    shards.fill(shard, [video], write, workers=1)
    stacks = {}
    for count in counts:
        path = folder / str(count) / "stacks.h5"
        _link_copies(path, shard, count)
        stacks[count] = Stacks(StackReader(path), [replace(video, id=_copy_id(i)) for i in range(count)])
    return stacks


def _link_copies(path: Path, source: Path, count: int) -> None:
    """Write a linked file and shards of `count` videos, each of which is another name of the one in `source`."""
    copies = [path.parent / source.parent.name / f"{number:04d}-a.h5" for number in range(SHARDS)]
    copies[0].parent.mkdir(parents=True)
    for number, shard in enumerate(copies):
        shutil.copyfile(source, shard)
        with h5py.File(shard, "r+", libver="latest") as file:
            for i in range(number, count, SHARDS):
                file[_copy_id(i)] = file["A/0.avi"]
            del file["A"]
    links.write_links(path, copies, "flow")


def _copy_id(number: int) -> str:
    return f"A{number % 101}/{number}.avi"


def _entry(number: int, frames: int, width: int, height: int) -> Video:
    """Return what an index says of the video `number` of one class."""
    return Video(
        id=f"A/{number}.avi",
        label=0,
        subset="train",
        group=str(number),
        frames=frames,
        width=width,
        height=height,
        fps=25.0,
        digest=str(number),
    )


class Stacks(Dataset[torch.Tensor]):
    """Stacks from random starts, as they are stored."""

    def __init__(self, reader: StackReader, videos: list[Video], length: int = STACK) -> None:
        self.reader = reader
        self.videos = videos
        self.length = length

    def __getitem__(self, number: int) -> torch.Tensor:
        start = int(np.random.default_rng(number).integers(self.videos[0].frames - self.length + 1))
        return torch.from_numpy(self.reader.read(self.videos[number % len(self.videos)].id, start, self.length))
