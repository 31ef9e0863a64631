"""Stacks of frames or flow: slices of what a video's shard holds, read through one file a modality."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import hdf5
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
        with self._frames(video) as frames:
            return len(frames)

    def read(self, video: str, start: int, length: int) -> NDArray[np.uint8]:
        """Return `length` frames from `start` on, (length, C, H, W) uint8.

        A video that is shorter than that is continued with its last frame; InputError where a longer
        one has no such stack.
        """
        with self._frames(video) as frames:
            if not 0 <= start <= max(len(frames) - length, 0):
                problem = f"{video} has {len(frames)} frames: no stack of {length} at {start}"
                raise InputError(self.path, problem, RERUN_WORKFLOW)
            stack = frames[start : start + length]
        missing = length - len(stack)
        return np.concatenate([stack, stack[-1:].repeat(missing, axis=0)]) if missing else stack

    @contextmanager
    def _frames(self, video: str) -> Iterator[codecs.Frames]:
        """Yield the stored frames of a video; they are read, and damage in them noticed, as they are sliced."""
        shard, group = self._find(video)
        with damage.quarantine_if_damaged(self._path_of(shard), video, linked_from=self.path):
            yield codecs.open_frames(self._open_shard(shard)[group])

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
            return hdf5.open_file(hdf5.quarantine_path(self.path), "r")

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
