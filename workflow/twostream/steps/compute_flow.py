"""Compute the TV-L1 flow of the videos of a shard."""

from pathlib import Path
from typing import Any

import h5py

from twostream import flow, stacks, video
from twostream.index import Video
from twostream.steps import run, shard


def write_flow(folder: Path, settings: dict[str, Any], entry: Video, group: h5py.Group) -> None:
    path = folder / entry.id
    frames = video.checked_count(path, video.decode(path, settings["short_side"]), entry.frames)
    fields = flow.compute(frames, flow.TVL1.from_settings(settings["tvl1"]))
    stacks.write_dense(group, (flow.quantise(field, settings["bound"]) for field in fields), entry.frames - 1)
    group.attrs["bound"] = settings["bound"]
    group.attrs["backend"] = settings["backend"]


def main() -> None:
    shard.make("compute_flow", __doc__, write_flow)


if __name__ == "__main__":
    run(main)
