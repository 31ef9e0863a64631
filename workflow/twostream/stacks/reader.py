"""Stacks of frames or flow: slices of what a video's shard holds, read through one file a modality."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
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
        self._shards: OrderedDict[bytes, h5py.File] = OrderedDict()

    def __reduce__(self) -> tuple[type["StackReader"], tuple[Path]]:
        return StackReader, (self.path,)

    def length(self, video: str) -> int:
        """Return the number of frames, or flow fields, of a video."""
        with self.open(video) as stored:
            return len(stored.frames)

    def read(self, video: str, start: int, length: int) -> NDArray[np.uint8]:
        """Return `length` frames from `start` on, (length, C, H, W) uint8; see `StoredVideo.read_into`."""
        with self.open(video) as stored:
            stack = np.empty((length, *stored.frames.shape), np.uint8)
            stored.read_into(start, stack)
        return stack

    @contextmanager
    def open(self, video: str) -> Iterator["StoredVideo"]:
        """Yield a video; its frames are read, and damage in them noticed, within the context."""
        shard, group = self._find(video)
        with damage.quarantine_if_damaged(self._path_of(shard), video, linked_from=self.path):
            frames = codecs.open_frames_by_id(h5py.h5o.open(self._open_shard(shard).id, group))
            yield StoredVideo(self.path, video, frames)

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

    def _open_shard(self, shard: bytes) -> h5py.File:
        """Return the shard, open; those that were read last stay open."""
        if shard not in self._shards:
            if len(self._shards) == MAX_OPEN_SHARDS:
                self._shards.popitem(last=False)[1].close()
            self._shards[shard] = shards.open_shard(self._path_of(shard))
        self._shards.move_to_end(shard)
        return self._shards[shard]

    def _path_of(self, shard: bytes) -> Path:
        return Path(os.path.normpath(self.path.parent / os.fsdecode(shard)))


@dataclass(frozen=True)
class StoredVideo:
    """The frames of the video `id`, which the linked file at `path` leads to."""

    path: Path
    id: str
    frames: codecs.Frames

    def read_into(self, start: int, out: NDArray[np.uint8]) -> None:
        """Fill the stack `out` (length, C, H, W), which is contiguous, with the frames from `start` on.

        A video that is shorter than the stack is continued with its last frame; InputError where a longer one has
        no such stack.
        """
        stored, length = len(self.frames), len(out)
        if not 0 <= start <= max(stored - length, 0):
            problem = f"{self.id} has {stored} frames: no stack of {length} at {start}"
            raise InputError(self.path, problem, RERUN_WORKFLOW)
        self.frames.read_into(start, out[:stored])
        out[stored:] = out[stored - 1 : stored]
