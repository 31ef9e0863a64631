"""Take over flow that was computed elsewhere, as images, so that nobody has to compute it again.

Prints the key to set as flow.imported; docs/flow.md tells which layouts are known.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import h5py

from twostream import plan
from twostream.cache import provenance
from twostream.cache.stages import IMPORT_FLOW
from twostream.compute import workers as parallel
from twostream.config import check
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow import archive
from twostream.flow.archive import Found
from twostream.plan import FullPlan
from twostream.stacks import codecs, shards
from twostream.videos.index import Video


def main(arguments: Sequence[str]) -> None:
    chosen = _parser().parse_args(arguments)
    settings = check.load(chosen.configfile)
    planned = plan.make(settings)
    if not planned.index.is_file():
        raise InputError(
            f"{planned.index}: there is no index yet, which tells how long each video is: "
            f"run snakemake -j4 --configfile {chosen.configfile} index"
        )
    made = planned.full
    good, bad = archive.match(archive.scan(chosen.archive), made.index.videos)
    if bad:
        raise InputError(f"{chosen.archive}: {_summary(bad)}")
    key = IMPORT_FLOW.key({"bound": chosen.bound}, archive.digest(good.values()))
    write(made, key, good, chosen.bound, chosen.archive, chosen.workers)
    print(f"flow: {{imported: {key}}}")


def write(made: FullPlan, key: str, images: Mapping[str, Found], bound: float, source: Path, workers: int) -> None:
    """The shards that `compute_flow` would write with flow.imported = `key`."""
    told = {"archive": str(source), "bound": bound}
    for name, videos in made.shards.items():
        shard = IMPORT_FLOW.path(made.plan.root, key, shard=name)
        if shard.exists():
            continue
        fill = partial(shards.fill, shard, videos, partial(_write_video, images, bound), name[:4], workers, "threads")
        provenance.produce(IMPORT_FLOW, shard, told, [made.plan.index], fill)
        # A job whose benchmark is missing is run again.
        IMPORT_FLOW.benchmark(shard).touch()


def _write_video(images: Mapping[str, Found], bound: float, video: Video, group: h5py.Group) -> None:
    codecs.write(group, archive.fields(images[video.id], bound), video.frames - 1, "zstd", quality=100)
    group.attrs["bound"] = bound
    hdf5.write_text_attrs(group, backend="imported")
    group.attrs["height"], group.attrs["width"] = group["dense"].shape[2:]


def _summary(bad: Mapping[str, str]) -> str:
    """How many videos are wrong in which way; each is told on a line of its own before."""
    for video, reason in bad.items():
        print(f"{video}: {reason}", file=sys.stderr)
    kinds = [reason.split(":")[0] for reason in bad.values()]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    first = next(iter(bad))
    return f"{counts}; the first is {first}: {bad[first]}. Mend them, or take the videos out of the split lists"


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="twostream import-flow", description=__doc__)
    made.add_argument("archive", type=Path, help="the folder of u and v, or of flow_x and flow_y images")
    made.add_argument("--configfile", type=Path, default=Path("config.yaml"), help="of the data set it belongs to")
    made.add_argument("--bound", type=_bound, default=20.0, help="pixels that the images were clipped at: 20")
    made.add_argument("--workers", type=int, default=parallel.cores(2), help="videos at once")
    return made


def _bound(text: str) -> float:
    bound = float(text)
    if not 0 < bound <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is no number of pixels above 0, at most 1000")
    return bound
