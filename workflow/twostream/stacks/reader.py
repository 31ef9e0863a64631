"""Stacks of frames or flow: slices of what a video's shard holds, read through one file a modality.

A shard holds a group a video, written by a codec. A linked file joins the shards of a modality, so that
a reader opens one file.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream.cache import provenance
from twostream.cache.stages import WRITE_STACKS
from twostream.compute import workers
from twostream.errors import InputError
from twostream.files import atomic, hdf5
from twostream.stacks import codecs, shards

Image = NDArray[np.uint8]

OPEN = 128
"""Shards that a reader keeps open: a system lets a process have 256 files, or 1024, and has them in other use too."""


def write_links(path: Path, files: Sequence[Path], modality: str) -> None:
    """Join the shards `files` in the file `path`: its `/videos/ID` leads to the video's group in its shard.

    A shard that is not, to the byte, what was written is set aside, to be made anew.
    """
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        videos = file.create_group("videos")
        for shard in workers.progress(files, WRITE_STACKS.name, "shard"):
            for video in _verified(shard):
                videos[video] = h5py.ExternalLink(os.path.relpath(shard, path.parent), video)
        file.attrs["modality"] = modality
    hdf5.quarantine_path(path).unlink(missing_ok=True)


def damage(file: Path, what: str, error: Exception | None) -> InputError:
    found = "of another key" if isinstance(error, hdf5.OtherKeyError) else "missing or damaged"
    return InputError(f"{file}: {what} is {found}: run the same command again, and it is made anew")


def _verified(shard: Path) -> list[str]:
    """The `class/video` ids in a shard; InputError where the shard is not what was written."""
    changed, damaged, videos, fault = provenance.is_changed(shard), "the file", [], None
    try:
        with shards.opened(shard) as file:
            videos = [f"{name}/{video}" for name in file for video in file[name]]
            if changed:
                damaged = next((video for video in videos if not hdf5.is_whole(file[video])), damaged)
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(shard, error)
        changed, fault = True, error
    if changed:
        hdf5.quarantine(shard)
        raise damage(shard, damaged, fault)
    return videos


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
        """Frames, or flow fields, of a video."""
        with self._opened(video) as frames:
            return len(frames)

    def read(self, video: str, start: int, length: int) -> Image:
        """`length` frames from `start` on, (length, C, H, W) uint8.

        A video that is shorter than that is continued with its last frame; InputError where a longer
        one has no such stack.
        """
        with self._opened(video) as frames:
            if not 0 <= start <= max(len(frames) - length, 0):
                raise InputError(f"{self.path}: {video} has {len(frames)} frames: no stack of {length} at {start}")
            stack = frames[start : start + length]
        missing = length - len(stack)
        return np.concatenate([stack, stack[-1:].repeat(missing, axis=0)]) if missing else stack

    @contextmanager
    def _opened(self, video: str) -> Iterator[codecs.Frames]:
        """The stored frames of a video; whatever turns out damaged in reading them is named and set aside."""
        link, name = self._link(video)
        try:
            yield codecs.stored(self._file(link)[name])
        except hdf5.DAMAGE as error:
            raise self._damaged(self._shard(link), video, error) from error

    def _link(self, video: str) -> tuple[bytes, bytes]:
        """The file, as seen from this one's folder, and the name in it, under which a video is stored."""
        if self._process != os.getpid():
            self._links, self._shards, self._process = None, OrderedDict(), os.getpid()
        try:
            if self._links is None:
                self._links = self._linked()["videos"]
            return self._links.id.links.get_val(video.encode())
        except hdf5.DAMAGE as error:
            if self._lacks(video):
                raise InputError(f"{self.path}: there is no video {video}: run the workflow again") from error
            raise self._damaged(self.path, "the file", error) from error

    def _lacks(self, video: str) -> bool:
        with suppress(*hdf5.DAMAGE):
            return self._links is not None and video not in self._links
        return False

    def _linked(self) -> h5py.File:
        """The linked file; where another process has met damage and set it aside, it still tells in which shard."""
        try:
            return h5py.File(self.path, "r")
        except FileNotFoundError:
            return h5py.File(hdf5.quarantine_path(self.path), "r")

    def _file(self, link: bytes) -> h5py.File:
        """The shard, open, as are those that were read last."""
        if link not in self._shards:
            if len(self._shards) == OPEN:
                self._shards.popitem(last=False)[1].close()
            self._shards[link] = shards.opened(self._shard(link))
        self._shards.move_to_end(link)
        return self._shards[link]

    def _shard(self, file: bytes) -> Path:
        return Path(os.path.normpath(self.path.parent / os.fsdecode(file)))

    def _damaged(self, file: Path, what: str, error: Exception) -> InputError:
        """Take the file, and the one that leads to it, out of use, so that the next run makes them anew."""
        hdf5.raise_if_system_error(file, error)
        hdf5.quarantine(file)
        hdf5.quarantine(self.path)
        return damage(file, what, error)
