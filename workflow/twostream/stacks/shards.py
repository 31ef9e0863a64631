"""A shard is a job; a video is the unit of loss.

Each video of a shard is finished in a file of its own, whole or not there, and the shard is put
together from these at the end. A job that is killed loses the videos in flight; a shard that gains a
video takes the others over from the shard it replaces.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import h5py

from twostream.cache import keys
from twostream.compute.workers import map_videos
from twostream.files import atomic, hdf5
from twostream.files.quarantine import quarantine_path
from twostream.videos.index import Video

WriteVideo = Callable[[Video, h5py.Group], None]
"""Writes what is stored of a video into its group."""


def fill(
    path: Path,
    videos: Sequence[Video],
    write_video: WriteVideo,
    *,
    label: str = "stored",
    workers: int = 1,
    scheduler: str = "threads",
) -> list[Video]:
    """Write the shard `path`: a group a video, written by `write_video` unless a file beside the shard holds it.

    `workers` videos are written at once, by the `scheduler` of dask; `label` stands before how many there are. Return
    the videos that no file held.
    """
    sources = _finished(path, videos)
    missing = [video for video in videos if video.id not in sources]
    parts = map_videos(partial(_write_part, path, write_video), missing, label, workers, scheduler)
    sources.update(zip((video.id for video in missing), parts, strict=True))
    with atomic.replacing(path) as beside, hdf5.create(beside) as shard:
        hdf5.write_text_attrs(shard, key=path.parent.name)
        for video in videos:
            with hdf5.open_file(sources[video.id], "r") as source:
                source.copy(source[video.id], shard, video.id)
    for video in videos:
        _part(path, video).unlink(missing_ok=True)
    quarantine_path(path).unlink(missing_ok=True)
    return missing


def open_shard(path: Path) -> h5py.File:
    """Open the shard at `path` for reading; OtherKeyError where it was made for the folder of another key.

    It has no cache of chunks: a stack reads each of its chunks once, and another stack hardly ever the same.
    """
    shard = hdf5.open_file(path, "r", rdcc_nbytes=0)
    if hdf5.read_text_attr(shard, "key") != path.parent.name:
        raise hdf5.OtherKeyError(f"{path} was made for another key")
    return shard


def _part(path: Path, video: Video) -> Path:
    return path.parent / "parts" / f"{keys.digest(video.id)}-{video.digest}.h5"


def _finished(path: Path, videos: Sequence[Video]) -> dict[str, Path]:
    """Return the file that holds each finished video, by the video's id: another shard, or a part of this job."""
    sources: dict[str, Path] = {}
    for file in sorted(path.parent.glob("*.h5")):
        missing = [video for video in videos if video.id not in sources]
        sources |= dict.fromkeys(_whole_videos(file, missing, open_shard), file)
    parts = {video: _part(path, video) for video in videos if video.id not in sources}
    return sources | {
        video.id: part
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
    part = _part(path, video)
    with atomic.replacing(part) as beside, hdf5.create(beside) as file:
        group = file.create_group(video.id)
        write_video(video, group)
        hdf5.write_text_attrs(group, digest=video.digest)
    return part
