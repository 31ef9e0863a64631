"""Take over flow that was computed elsewhere, as images, so that nobody has to compute it again.

Prints the key to set as flow.imported. docs/flow.md describes the layouts that are recognised.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import h5py

from twostream import plan
from twostream.cache import provenance
from twostream.cache.heal import heal
from twostream.cache.stages import IMPORT_FLOW
from twostream.compute import workers
from twostream.config import check
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow import archive, archive_contents
from twostream.flow.archive import VideoImages
from twostream.plan import FullPlan
from twostream.stacks import codecs, shards
from twostream.text import printable
from twostream.videos.index import Video


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the images, the data set that they belong to and the bound that they were stored with."""
    parser.add_argument("archive", type=Path, help="the folder of u and v, or of flow_x and flow_y images")
    parser.add_argument("--configfile", type=Path, default=Path("config.yaml"), help="of the data set it belongs to")
    parser.add_argument("--bound", type=_bound, default=20.0, help="pixels that the images were clipped at: 20")
    parser.add_argument("--workers", type=int, default=workers.cores(2), help="videos at once")


def main(arguments: argparse.Namespace) -> None:
    """Write the shards and print the key."""
    planned = plan.make(check.load(arguments.configfile))
    heal([planned.index])
    if not planned.index.is_file():
        remedy = f"run `snakemake --cores all index --configfile {shlex.quote(str(arguments.configfile))}`"
        raise InputError(planned.index, "does not exist yet, so that no video's length is known", remedy)
    images, faults = archive.match(archive.scan(arguments.archive), planned.full.index.videos)
    contents = archive_contents.read(planned.root, arguments.archive, images, arguments.workers)
    faults |= {id: content.fault for id, content in contents.items() if content.fault}
    if faults:
        for video, fault in faults.items():
            print(printable(f"{video}: {fault}"), file=sys.stderr)
        raise InputError(arguments.archive, _summary(faults), "mend these, or take the videos out of the split lists")
    key = IMPORT_FLOW.key({"bound": arguments.bound}, archive_contents.digest(contents))
    write(planned.full, key, images, arguments.bound, arguments.archive, arguments.workers)
    print(f"flow: {{imported: {key}}}")


def write(
    planned: FullPlan, key: str, images: Mapping[str, VideoImages], bound: float, source: Path, workers: int
) -> None:
    """Write the shards that `compute_flow` would write if flow.imported = `key` had it compute them."""
    settings = {"archive": str(source), "bound": bound}
    for name, videos in planned.shards.items():
        shard = IMPORT_FLOW.path(planned.plan.root, key, shard=name)
        if shard.exists():
            continue
        write = partial(_write_video, images, bound)
        fill = partial(shards.fill, shard, videos, write, label=name[:4], workers=workers)
        provenance.produce(IMPORT_FLOW, shard, settings, [planned.plan.index], fill)
        # Snakemake runs a job again whose benchmark is missing.
        IMPORT_FLOW.benchmark(shard).touch()


def _write_video(images: Mapping[str, VideoImages], bound: float, video: Video, group: h5py.Group) -> None:
    codecs.write(group, archive.fields(images[video.id], bound), video.frames - 1, "zstd", quality=100)
    group.attrs["bound"] = bound
    hdf5.write_text_attrs(group, backend="imported")
    group.attrs["height"], group.attrs["width"] = group["dense"].shape[2:]


def _summary(faults: Mapping[str, str]) -> str:
    """Return how many videos are wrong in which way, and what is wrong with the first."""
    kinds = [fault.split(":")[0] for fault in faults.values()]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    first = next(iter(faults))
    return f"{counts}; the first is {first}: {faults[first]}"


def _bound(text: str) -> float:
    bound = float(text)
    if not 0 < bound <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of pixels above 0, at most 1000")
    return bound
