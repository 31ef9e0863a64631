"""The file that joins the shards of a modality, so that a reader opens one file."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py

from twostream import console, text
from twostream.cache import provenance
from twostream.compute import workers
from twostream.files import atomic, hdf5
from twostream.files.quarantine import quarantine_path
from twostream.stacks import damage, shards


def write_links(path: Path, files: Sequence[Path], modality: str) -> None:
    """Join the shards `files` in the file `path`: its `/videos/ID` leads to the video's group in its shard.

    A shard that is not, to the byte, what was written is an InputError; it is put in quarantine, to be made anew.
    """
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        videos = file.create_group("videos")
        count = 0
        for shard in workers.progress(files, "joined", "shard"):
            for video in _verified_videos(shard):
                hdf5.make_folder(videos, video)
                videos[video] = h5py.ExternalLink(os.path.relpath(shard, path.parent), video)
                count += 1
        file.attrs["modality"] = modality
    quarantine_path(path).unlink(missing_ok=True)
    console.inform(f"{text.counted(count, 'video')} of {text.counted(len(files), 'shard')} are joined")


def _verified_videos(shard: Path) -> list[str]:
    """Return the ids of the videos in a shard whose bytes are those that were written."""
    with damage.quarantine_if_damaged(shard, "the file"), shards.open_shard(shard) as file:
        videos = list(_videos_in(file, ""))
    # Trouble with the file of the checksum is no damage of the shard.
    if provenance.is_changed(shard):
        with damage.quarantine_if_damaged(shard, _damaged_part(shard, videos)):
            raise OSError("the file has another checksum than when it was written")
    return videos


def _videos_in(group: h5py.Group, prefix: str) -> Iterator[str]:
    """Yield the ids of the videos below `group`, however deep: a folder's group holds groups alone.

    What is damaged may be neither; it is taken for a video.
    """
    for name, inner in group.items():
        is_folder = isinstance(inner, h5py.Group) and "digest" not in inner.attrs
        if is_folder and all(isinstance(each, h5py.Group) for each in inner.values()):
            yield from _videos_in(inner, f"{prefix}{name}/")
        else:
            yield prefix + name


def _damaged_part(shard: Path, videos: list[str]) -> str:
    """Return the first video that cannot be read whole, else that it is the file."""
    with damage.quarantine_if_damaged(shard, "the file"), shards.open_shard(shard) as file:
        return next((video for video in videos if not hdf5.is_whole(file[video])), "the file")
