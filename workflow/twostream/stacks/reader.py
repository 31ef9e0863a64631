"""Stacks of frames or flow: slices of what a video's shard holds, read through one file a modality."""

import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import hdf5
from twostream.files.quarantine import quarantine_path
from twostream.stacks import codecs, damage, shards

MAX_OPEN_SHARDS = 128
"""Shards that a reader keeps open: a system lets a process have 256 or 1024 files, and they serve other uses too."""


class StackReader:
    """Random access to the stacks of a linked file.

    Files are opened by the process that reads, at its first read: HDF5 does not survive a fork.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = 0
        self._links: h5py.Group | None = None
        self._shards: OrderedDict[bytes, tuple[Path, h5py.File]] = OrderedDict()

    def __reduce__(self) -> tuple[type["StackReader"], tuple[Path]]:
        return StackReader, (self.path,)

    def length(self, video: str) -> int:
        """Return the number of frames, or flow fields, of a video."""
        return len(self.open(video).frames)

    def step(self, video: str) -> int:
        """Return how many frames lie between those that a flow field of a video is computed from, 1 for frames."""
        return self.open(video).step

    def read(self, video: str, start: int, length: int) -> NDArray[np.uint8]:
        """Return `length` frames from `start` on, (length, C, H, W) uint8; see `StoredVideo.read_into`."""
        stored = self.open(video)
        stack = np.empty((length, *stored.frames.shape), np.uint8)
        stored.read_into(start, stack)
        return stack

    def open(self, video: str) -> "StoredVideo":
        """Return a video, whose frames are read when they are asked for."""
        shard, group = self._find(video)
        path = self._shards[shard][0] if shard in self._shards else self._path_of(shard)
        with damage.quarantine_if_damaged(path, video, linked_from=self.path):
            file = self._open_shard(shard, path)
            opened = h5py.h5o.open(file.id, group)
            frames = codecs.open_frames(opened)
            step = int(h5py.Group(opened).attrs["step"]) if h5py.h5a.exists(opened, b"step") else 1
        return StoredVideo(id=video, path=self.path, shard=path, file=file, frames=frames, step=step)

    def _find(self, video: str) -> tuple[bytes, bytes]:
        """Return the shard that holds a video, as a path from the folder of the linked file, and the group in it."""
        with damage.quarantine_if_damaged(self.path, "the file"):
            links = self._open_links()
            try:
                shard_and_group: tuple[bytes, bytes] = links.id.links.get_val(video.encode())
                return shard_and_group
            except hdf5.DAMAGE as error:
                if video not in links:
                    raise InputError(self.path, f"there is no video {video}", RERUN_WORKFLOW) from error
                raise

    def _open_links(self) -> h5py.Group:
        if self._process != os.getpid():
            self._links, self._shards, self._process = None, OrderedDict(), os.getpid()
        if self._links is None:
            self._links = self._open_linked_file()["videos"]
        return self._links

    def _open_linked_file(self) -> h5py.File:
        """Open the linked file; one in quarantine, where another process met damage, still tells in which shard."""
        try:
            return hdf5.open_file(self.path, "r")
        except FileNotFoundError:
            return hdf5.open_file(quarantine_path(self.path), "r")

    def _open_shard(self, shard: bytes, path: Path) -> h5py.File:
        """Return the shard, at `path`, open; those that were read last stay open, and while videos of theirs do."""
        if shard not in self._shards:
            if len(self._shards) == MAX_OPEN_SHARDS:
                self._shards.popitem(last=False)
            self._shards[shard] = path, shards.open_shard(path)
        self._shards.move_to_end(shard)
        return self._shards[shard][1]

    def _path_of(self, shard: bytes) -> Path:
        return Path(os.path.normpath(self.path.parent / os.fsdecode(shard)))


@dataclass(frozen=True, kw_only=True)
class StoredVideo:
    """The frames of the video `id`, which the linked file at `path` leads to: they are in `file`, at `shard`.

    Flow that is stored was computed from each `step`-th frame.
    """

    id: str
    path: Path
    shard: Path
    file: h5py.File
    frames: codecs.Frames
    step: int = 1

    def read_into(self, start: int, out: NDArray[np.uint8]) -> None:
        """Fill the stack `out` (length, C, H, W), which is contiguous, with the frames from `start` on.

        A video that is shorter than the stack is continued with its last frame; InputError where a longer one has
        no such stack.
        """
        stored, length = len(self.frames), len(out)
        if not 0 <= start <= max(stored - length, 0):
            problem = f"{self.id} has {stored} frames: no stack of {length} at {start}"
            raise InputError(self.path, problem, RERUN_WORKFLOW)
        with damage.quarantine_if_damaged(self.shard, self.id, linked_from=self.path):
            self.frames.read_into(start, out[:stored])
        out[stored:] = out[stored - 1 : stored]
