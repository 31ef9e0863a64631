"""Decode the videos of a shard and keep their RGB frames."""

from pathlib import Path
from typing import Any

import h5py

from twostream.cache.stages import EXTRACT_FRAMES
from twostream.console import run
from twostream.stacks import codecs
from twostream.steps import _shard
from twostream.videos import decode
from twostream.videos.image import rgb_planes
from twostream.videos.index import Video


def write_frames(folder: Path, settings: dict[str, Any], entry: Video, group: h5py.Group) -> None:
    """Write the frames (3, height, width) of the video `entry` to `group`, RGB."""
    path = folder / entry.file
    frames = decode.decode(path, settings["short_side"], settings["deinterlace"], entry.digest, entry.part)
    rgb = map(rgb_planes, frames)
    codecs.write(group, rgb, entry.frames, settings["codec"], settings["quality"])


def main() -> None:
    """Write the frames of the shard's videos."""
    _shard.make(EXTRACT_FRAMES, _shard.shard_parser(__doc__, EXTRACT_FRAMES).parse_args(), write_frames)


if __name__ == "__main__":
    run(main)
