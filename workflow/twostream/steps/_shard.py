"""What the steps that make a shard share: everything but what is made of a video."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py

from twostream.cache import provenance
from twostream.compute import workers
from twostream.errors import InputError
from twostream.stacks import shards
from twostream.steps._arguments import add_workers, parser
from twostream.videos import index, sharding
from twostream.videos.index import Video

WriteVideo = Callable[[Path, dict[str, Any], Video, h5py.Group], None]


def arguments(description: str | None, section: str) -> ArgumentParser:
    """The arguments of a step that makes a shard."""
    made = parser(description, section)
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--folder", type=Path, required=True, help="of the data set")
    made.add_argument("--shard", required=True, help="the shard's name, number-digest")
    made.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    add_workers(made)
    return made


def make(stage: str, arguments: Namespace, write_video: WriteVideo) -> None:
    """Fill the shard that the `arguments` of `stage` name with `write_video`."""
    entries = index.read(arguments.index)
    manifest = sharding.shards(entries.videos, arguments.shards)
    if arguments.shard not in manifest:
        raise InputError(f"{arguments.index}: there is no shard {arguments.shard}: there are {', '.join(manifest)}")
    with provenance.recorded(stage, arguments.out, arguments.settings, [arguments.index]) as wanted:
        if not wanted:
            return
        shards.fill(
            arguments.out,
            manifest[arguments.shard],
            partial(write_video, arguments.folder, arguments.settings),
            f"{stage} {arguments.shard[:4]}",
            workers.cores(arguments.workers),
            arguments.scheduler,
        )
