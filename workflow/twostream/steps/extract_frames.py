"""Decode the videos of a shard and keep their RGB frames."""

from pathlib import Path
from typing import Any

import h5py

from twostream import codecs, video
from twostream.index import Video
from twostream.steps import run, shard


def write_frames(folder: Path, settings: dict[str, Any], entry: Video, group: h5py.Group) -> None:
    frames = video.decode(folder / entry.id, settings["short_side"])
    rgb = (frame[..., ::-1].transpose(2, 0, 1) for frame in frames)
    codecs.write(group, rgb, entry.frames, settings["codec"], settings["quality"])


def main() -> None:
    shard.make("extract_frames", shard.arguments(__doc__).parse_args(), write_frames)


if __name__ == "__main__":
    run(main)
