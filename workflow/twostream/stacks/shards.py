"""A shard is a job; a video is the unit of loss.

Each video of a shard is finished in a file of its own, whole or not there, and the shard is put
together from these at the end. A job that is killed loses the videos in flight; a shard that gains a
video takes the others over from the shard it replaces. A video that was renamed is taken over too, as its bytes are
the same.
"""

import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import h5py

from twostream import console
from twostream.cache import keys
from twostream.compute.workers import map_videos
from twostream.errors import InputError
from twostream.files import atomic, hdf5, shared
from twostream.files.quarantine import quarantine_path
from twostream.text import are
from twostream.videos import names
from twostream.videos.index import Video

WriteVideo = Callable[[Video, h5py.Group], None]
"""Writes what is stored of a video into its group."""


ATTEMPTS = 3
"""So often a shard is put together whose parts others take away meanwhile."""


class _Source(NamedTuple):
    """The file that holds what is stored of a video, and the id that the video has there."""

    file: Path
    id: str


def fill(
    path: Path,
    videos: Sequence[Video],
    write_video: WriteVideo,
    *,
    label: str = "stored",
    workers: int = 1,
    scheduler: str = "threads",
    outdated: Sequence[Path] = (),
) -> list[Video]:
    """Write the shard `path`: a group a video, written by `write_video` unless a file beside the shard holds it.

    `workers` videos are written at once, by the `scheduler` of dask, or by all workers of the cluster at that address;
    `label` stands before how many there are. Shards that are `outdated` may hold a video under the name that it had
    before. Return the videos that no file held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written: list[Video] = []
    for attempt in range(ATTEMPTS):
        sources = _find(path, videos, outdated)
        missing = [video for video in videos if video.id not in sources]
        parts = map_videos(partial(_write_part, path.absolute(), write_video), missing, label, workers, scheduler)
        sources |= _await_parts(path, missing, parts)
        written += missing
        if _is_joined(path, {video.id: sources[video.id] for video in videos}, is_last=attempt == ATTEMPTS - 1):
            break
    for old in (*(_part(path, video) for video in videos), quarantine_path(path)):
        old.unlink(missing_ok=True)
    return written


def held(folder: Path, videos: Sequence[Video]) -> set[str]:
    """Return the ids of those of `videos` that `fill` need not write: a shard or a part in `folder` has their names.

    Whether they are whole is for `fill` to see.
    """
    ids = {video.id for video in videos if _part(folder / "shard", video).exists()}
    digests = {video.id: video.digest for video in videos}
    for file in sorted(folder.glob("*.h5")):
        with suppress(*hdf5.DAMAGE), open_shard(file) as shard:
            ids |= {id for id, digest in _stored(shard) if digests.get(id) == digest}
    return ids


def open_shard(path: Path) -> h5py.File:
    """Open the shard at `path` for reading; OtherKeyError where it was made for the folder of another key.

    It has no cache of chunks: a stack reads each of its chunks once, and another stack hardly ever the same.
    """
    shard = hdf5.open_file(path, "r", rdcc_nbytes=0)
    if hdf5.read_text_attr(shard, "key") != path.parent.name:
        raise hdf5.OtherKeyError(f"{path} was made for another key")
    return shard


def _find(path: Path, videos: Sequence[Video], outdated: Sequence[Path]) -> dict[str, _Source]:
    """Return what holds each video that need not be written, by the video's id, and say which ones were renamed."""
    sources = _finished(path, videos)
    renamed = _renamed(outdated, [video for video in videos if video.id not in sources])
    if renamed:
        console.inform(
            f"{len(renamed)} of {len(videos)} videos {are(len(renamed))} taken from shards where they have another name"
        )
    return sources | renamed


def _await_parts(path: Path, videos: Sequence[Video], parts: Sequence[Path]) -> dict[str, _Source]:
    """Return the part of each video, once all are seen here, or the shard `path`, which another host made of them."""
    shared.wait_for(parts, path)
    return {video.id: _Source(part, video.id) for video, part in zip(videos, parts, strict=True)}


def _is_joined(path: Path, sources: Mapping[str, _Source], is_last: bool) -> bool:
    """Do as `_join`; return False, where this is not the last attempt, if another host has joined the same shard.

    It has then taken the parts away.
    """
    try:
        _join(path, sources)
    except OSError as error:
        if is_last or not hdf5.is_gone(error):
            raise
        return False
    return True


def _join(path: Path, sources: Mapping[str, _Source]) -> None:
    """Write the shard `path`, with what the `sources` hold of each video, by its id and in their order."""
    with atomic.replacing(path) as beside, hdf5.create(beside) as shard:
        hdf5.write_text_attrs(shard, key=path.parent.name)
        for id, stored in sources.items():
            hdf5.make_folder(shard, id)
            with hdf5.open_file(stored.file, "r") as source:
                source.copy(source[stored.id], shard, id)


def _part(path: Path, video: Video) -> Path:
    return path.parent / "parts" / f"{keys.digest(video.id)}-{video.digest}.h5"


def _renamed(outdated: Iterable[Path], videos: Sequence[Video]) -> dict[str, _Source]:
    """Return which of the shards that are `outdated` holds the bytes of each video whole under another name.

    The suffix is the same: FFmpeg takes it for a hint at the format. Intervals of a file are left out: the bytes are
    the same of all of them, and the frames are not.
    """
    sources: dict[str, _Source] = {}
    whole = [video for video in reversed(videos) if video.id == video.file]
    for file in outdated:
        wanted = {(video.digest, names.suffix(video.id)): video for video in whole if video.id not in sources}
        if wanted:
            sources |= {wanted[content].id: _Source(file, id) for content, id in _contents(file, wanted).items()}
    return sources


def _contents(path: Path, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the id in the shard at `path` of what it holds whole of `wanted`: a video's digest and suffix."""
    ids: dict[tuple[str, str], str] = {}
    try:
        with open_shard(path) as file:
            for id, digest in _stored(file):
                content = digest, names.suffix(id)
                if content in wanted and content not in ids and hdf5.is_whole(file[id]):
                    ids[content] = id
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(path, error)
    return ids


def _stored(group: h5py.Group, folders: str = "") -> Iterator[tuple[str, str]]:
    """Yield the id of each video below `group`, however many `folders` deep, and the digest of its file."""
    for name, inner in group.items():
        if "digest" in inner.attrs:
            yield folders + name, hdf5.read_text_attr(inner, "digest")
        elif isinstance(inner, h5py.Group):
            yield from _stored(inner, f"{folders}{name}/")


def _finished(path: Path, videos: Sequence[Video]) -> dict[str, _Source]:
    """Return the file that holds each finished video, by the video's id: another shard, or a part of this job."""
    sources: dict[str, _Source] = {}
    for file in sorted(path.parent.glob("*.h5")):
        missing = [video for video in videos if video.id not in sources]
        sources |= {id: _Source(file, id) for id in _whole_videos(file, missing, open_shard)}
    parts = {video: _part(path, video) for video in videos if video.id not in sources}
    return sources | {
        video.id: _Source(part, video.id)
        for video, part in parts.items()
        if part.exists() and _whole_videos(part, [video], hdf5.open_file)
    }


def _whole_videos(path: Path, videos: Sequence[Video], open_file: Callable[[Path], h5py.File]) -> list[str]:
    """Return the ids of those of `videos` that the file at `path` holds whole; the others are written again."""
    try:
        with open_file(path) as file:
            return [video.id for video in videos if _holds(path, file, video)]
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(path, error)
        return []


def _holds(path: Path, file: h5py.File, video: Video) -> bool:
    try:
        group = file[video.id]
        return hdf5.read_text_attr(group, "digest") == video.digest and hdf5.is_whole(group)
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(path, error)
        return False


def _write_part(path: Path, write_video: WriteVideo, video: Video) -> Path:
    """Write the part of `video` beside the shard `path`, which a worker of a cluster may be far from."""
    part = _part(path, video)
    if not path.parent.is_dir():
        remedy = "run the workers on the same file system, under the same path"
        raise InputError(path.parent, f"the worker on {socket.gethostname()} does not see this folder", remedy)
    with atomic.replacing(part) as beside, hdf5.create(beside) as file:
        group = file.create_group(video.id)
        write_video(video, group)
        hdf5.write_text_attrs(group, digest=video.digest)
    return part
