"""What would fail after hours of work is refused before any of it begins."""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from twostream import console
from twostream.compute import workers
from twostream.errors import InputError
from twostream.flow import backends
from twostream.forecast import estimate, outlook, table
from twostream.forecast.outlook import Outlook
from twostream.plan import Plan
from twostream.streams import imagenet, imagenet_files
from twostream.text import size
from twostream.training import subsets

HEADING = "this is what will run"


def check_folders(*folders: Path) -> None:
    """Raise InputError where something else lies at the place of one of the `folders`, or of one that it lies in."""
    for folder in folders:
        for place in (folder, *folder.parents):
            if os.path.lexists(place) and not place.is_dir():
                raise InputError(place, "is not a folder", "rename it: a folder belongs there")


def check_root(root: Path) -> None:
    """Raise InputError where a cache, named by its whole path, would be made in a folder that is not there.

    Its disk may not be mounted: the cache would fill another one. Warn where that folder is there and empty.
    """
    if not root.is_absolute() or root.exists():
        return
    if not root.parent.is_dir():
        problem = f"is {root}, and {root.parent} is not there: its disk may not be mounted"
        raise InputError("compute.cache_root", problem, "mend the path, or make that folder")
    if not any(root.parent.iterdir()):
        console.warn("compute.cache_root", f"{root.parent} is empty; if a disk belongs there, it is not mounted")


def check(planned: Plan, runs_here: bool) -> None:
    """Raise InputError where a step of `planned` would fail; `runs_here` is false where a cluster does the work."""
    if runs_here and _lacks_gpu(planned):
        raise InputError("compute.device", "is cuda, and the driver offers no GPU", "set it to auto or cpu")
    fetch_weights(planned)


def check_submission(executor: str) -> None:
    """Raise InputError where Snakemake's `executor` is to submit jobs to a Slurm that is not here: it would hang."""
    if executor == "slurm" and shutil.which("sbatch") is None:
        remedy = "run this on a login node of a cluster with Slurm, or without the profile slurm"
        raise InputError("--executor slurm", "needs sbatch, which is not found here", remedy)


def warn_of_device(planned: Plan) -> None:
    """Warn in a dry-run, which does not know where the run will be, that it is refused on this machine."""
    if _lacks_gpu(planned):
        problem = "is cuda, and the driver offers no GPU: a run on this machine will be refused; set it to auto or cpu"
        console.warn("compute.device", problem)


def _lacks_gpu(planned: Plan) -> bool:
    return planned.settings["compute"]["device"] == "cuda" and not backends.gpu()


def warn_of_sharing(planned: Plan) -> None:
    """Warn that jobs side by side use one GPU, where there is one: Snakemake was not told how many there are."""
    if planned.settings["compute"]["device"] != "cpu" and backends.gpu():
        problem = "is not given: jobs run side by side on the GPU, and fail where its memory is full"
        console.warn("--resources gpu=N", f"{problem}: give the number of GPUs, or the profile of this workflow")


def fetch_weights(planned: Plan) -> None:
    """Download the ImageNet weights that trainings yet to be done start from; InputError where they cannot be had."""
    done = set()
    if planned.index.is_file():
        done = {stream.name for stream in planned.full.streams if planned.is_there(stream.model)}
    for name, stream in planned.settings["streams"].items():
        if name not in done and stream["pretrained"] in imagenet.NAMES:
            imagenet_files.fetch(stream["architecture"], stream["pretrained"])


def look_ahead(planned: Plan, cores: int | None, memory: Path | None, stages_to_run: Collection[str] | None) -> Outlook:
    """Return what `planned`, whose index is there, has still to do on `cores`, where None stands for all of them.

    Of `stages_to_run` alone, where they are given. What is not known is tried where there is a file, `memory`, to
    remember it in.
    """
    return outlook.of(planned.full, workers.cores(cores), memory, stages_to_run)


def describe(planned: Plan, ahead: Outlook) -> list[str]:
    """Return the table of what lies `ahead`, and what to look at before it is done."""
    catalogue, bound = planned.full.index, planned.settings["flow"]["bound"]
    rows = table.lines(catalogue, ahead, free(planned.root), _epoch(planned))
    return [*rows, *table.remarks(catalogue, ahead.flow_range, bound)]


def check_disk(planned: Plan, ahead: Outlook) -> None:
    """Raise InputError where the disk of the cache has no room for what lies `ahead`."""
    needed, available = estimate.disk(row.estimate for row in ahead.rows), free(planned.root)
    if needed > available:
        raise InputError(
            "compute.cache_root",
            f"{planned.root.resolve()} has {size(available)} free, and this run needs {size(needed)}",
            "free some space, or choose a folder on a larger disk",
        )


def free(folder: Path) -> int:
    """Return the bytes that are free on the disk of `folder`, which may be still to be made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(there).free


def _epoch(planned: Plan) -> str:
    """Return in words which epoch of a stream is kept."""
    settings = planned.settings["validation"]
    divided = subsets.divide(planned.full.index, settings)
    if not divided.validation:
        return "the last one is kept"
    if settings["by"] == "test":
        return "the best one on the test videos is kept: an upper limit"
    return f"the best one on {len(divided.validation):,} of the training videos, which are held out, is kept"
