"""Frames and flow in HDF5: written once a video, read as slices.

A shard holds a group a video. `dense` (T, C, H, W) uint8 is chunked by frame and compressed without
loss; `jpeg` holds the frames' JPEG bytes end to end and `offset` (T + 1) says where each begins. A
linked file joins the shards of a modality, so that a reader opens one file.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

from twostream import atomic, parallel, provenance, storage
from twostream.errors import InputError

Image = NDArray[np.uint8]

ZSTD_LEVEL = 9
JPEG_CHUNK = 1 << 16
"""Bytes; a few frames of video. HDF5 allots whole chunks, so that larger ones would swell short videos."""


def write_dense(group: h5py.Group, frames: Iterator[Image], count: int) -> None:
    """Store `count` frames (C, H, W), every bit of them kept."""
    first = next(frames)
    dense = group.create_dataset(
        "dense",
        shape=(count, *first.shape),
        dtype=np.uint8,
        chunks=(1, *first.shape),
        fletcher32=True,
        **hdf5plugin.Zstd(clevel=ZSTD_LEVEL),
    )
    dense[0] = first
    for t, frame in enumerate(frames, start=1):
        dense[t] = frame
    group.attrs["length"] = count


def write_jpeg(group: h5py.Group, frames: Iterator[Image], quality: int) -> None:
    """Store BGR frames (H, W, 3) as JPEG."""
    stream = group.create_dataset(
        "jpeg", shape=(0,), maxshape=(None,), dtype=np.uint8, chunks=(JPEG_CHUNK,), fletcher32=True
    )
    offsets = [0]
    for frame in frames:
        encoded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        offsets.append(offsets[-1] + encoded.size)
        stream.resize((offsets[-1],))
        stream[offsets[-2] :] = encoded
    group.create_dataset("offset", data=np.array(offsets, np.int64), chunks=True, fletcher32=True)
    group.attrs["length"] = len(offsets) - 1


def read_group(group: h5py.Group, start: int, stop: int) -> Image:
    """Frames `start` to `stop` of a stored video, (stop - start, C, H, W); RGB where they are JPEG."""
    if "dense" in group:
        return group["dense"][start:stop]
    offsets = group["offset"][start : stop + 1]
    encoded = group["jpeg"][offsets[0] : offsets[-1]]
    pieces = np.split(encoded, offsets[1:-1] - offsets[0])
    frames: list[Any] = [cv2.imdecode(piece, cv2.IMREAD_COLOR_RGB) for piece in pieces]
    return np.stack(frames).transpose(0, 3, 1, 2)


def write_links(path: Path, shards: Sequence[Path], modality: str) -> None:
    """Join `shards` in the file `path`: its `/videos/ID` leads to the video's group in its shard.

    A shard that is not, to the byte, what was written is set aside, to be made anew.
    """
    with atomic.replacing(path) as beside, storage.create(beside) as file:
        videos = file.create_group("videos")
        for shard in parallel.bar(shards, "write_stacks", "shard"):
            for video in _verified(shard):
                videos[video] = h5py.ExternalLink(os.path.relpath(shard, path.parent), video)
        file.attrs["modality"] = modality


def damage(file: Path, what: str) -> InputError:
    return InputError(f"{file}: {what} is missing or damaged: run the same command again, and it is made anew")


def _verified(shard: Path) -> list[str]:
    """The `class/video` ids in a shard; InputError where the shard is not what was written."""
    changed, damaged, videos = provenance.is_changed(shard), "the file", []
    try:
        with h5py.File(shard, "r") as file:
            videos = [f"{name}/{video}" for name, videos in file.items() for video in videos]
            if changed:
                damaged = next((video for video in videos if not storage.is_whole(file[video])), damaged)
    except storage.DAMAGE:
        changed = True
    if changed:
        storage.set_aside(shard)
        raise damage(shard, damaged)
    return videos


class StackReader:
    """Random access to the stacks of a linked file.

    Files are opened by the process that reads, at its first read: HDF5 does not survive a fork.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = 0
        self._files: dict[Path, h5py.File] = {}

    def __reduce__(self) -> tuple[type["StackReader"], tuple[Path]]:
        return StackReader, (self.path,)

    def length(self, video: str) -> int:
        """Frames, or flow fields, of a video."""
        group = self._group(video)
        try:
            return int(group.attrs["length"])
        except storage.DAMAGE as error:
            raise self._damaged(Path(group.file.filename), video) from error

    def read(self, video: str, start: int, length: int) -> Image:
        """`length` frames from `start` on, (length, C, H, W) uint8.

        A video that ends before is continued with its last frame.
        """
        group = self._group(video)
        available = self.length(video)
        if not 0 <= start < available:
            raise InputError(f"{self.path}: {video} has {available} frames, none at {start}")
        try:
            frames = read_group(group, start, min(start + length, available))
        except (*storage.DAMAGE, cv2.error) as error:
            raise self._damaged(Path(group.file.filename), video) from error
        missing = length - len(frames)
        return np.concatenate([frames, frames[-1:].repeat(missing, axis=0)]) if missing else frames

    def _group(self, video: str) -> h5py.Group:
        if self._process != os.getpid():
            self._files, self._process = {}, os.getpid()
        try:
            link = self._open(self.path)["videos"].get(video, getlink=True)
        except storage.DAMAGE as error:
            raise self._damaged(self.path, "the file") from error
        if link is None:
            raise InputError(f"{self.path}: there is no video {video}: run the workflow again")
        shard = (self.path.parent / link.filename).resolve()
        try:
            return self._open(shard)[link.path]
        except storage.DAMAGE as error:
            raise self._damaged(shard, video) from error

    def _open(self, path: Path) -> h5py.File:
        if path not in self._files:
            self._files[path] = h5py.File(path, "r")
        return self._files[path]

    def _damaged(self, file: Path, what: str) -> InputError:
        """Take the file, and the one that leads to it, out of use, so that the next run makes them anew."""
        if file != self.path:
            storage.set_aside(file)
        self.path.unlink(missing_ok=True)
        return damage(file, what)
