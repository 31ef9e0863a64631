"""What the steps that make a shard share: everything but what is made of a video."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py

from twostream import index, parallel, provenance, shards
from twostream.errors import InputError
from twostream.index import Video
from twostream.steps import add_workers, parser

WriteVideo = Callable[[Path, dict[str, Any], Video, h5py.Group], None]


def make(stage: str, description: str | None, write_video: WriteVideo) -> None:
    """Parse the arguments of `stage` and fill the shard they name with `write_video`."""
    made = parser(description)
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--folder", type=Path, required=True, help="of the data set")
    made.add_argument("--shard", required=True, help="the shard's name, number-digest")
    made.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    add_workers(made)
    arguments = made.parse_args()
    entries = index.read(arguments.index)
    manifest = index.shards(entries.videos, arguments.shards)
    if arguments.shard not in manifest:
        raise InputError(f"{arguments.index}: there is no shard {arguments.shard}: there are {', '.join(manifest)}")
    with provenance.recorded(stage, arguments.out, arguments.settings, [arguments.index]):
        shards.fill(
            arguments.out,
            manifest[arguments.shard],
            partial(write_video, arguments.folder, arguments.settings),
            f"{stage} {arguments.shard[:4]}",
            parallel.cores(arguments.workers),
            arguments.scheduler,
        )
