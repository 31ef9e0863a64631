"""Decode the videos of a shard and keep their RGB frames."""

from pathlib import Path
from typing import Any

import cv2
import h5py

from twostream import stacks, video
from twostream.index import Video
from twostream.steps import run, shard


def write_frames(folder: Path, settings: dict[str, Any], entry: Video, group: h5py.Group) -> None:
    path = folder / entry.id
    frames = video.checked_count(path, video.decode(path, settings["short_side"]), entry.frames)
    if settings["codec"] == "jpeg":
        stacks.write_jpeg(group, frames, settings["quality"])
    else:
        rgb = (cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).transpose(2, 0, 1) for frame in frames)
        stacks.write_dense(group, rgb, entry.frames)


def main() -> None:
    shard.make("extract_frames", __doc__, write_frames)


if __name__ == "__main__":
    run(main)
