"""Measure this machine for a minute, and print what a run takes: hours of cores and GPUs, bytes, memory, time.

The videos are those of the configuration or, where its folder is not there, those of a published data set. Nothing is
written but the file of --json.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twostream import console, preflight, text
from twostream.commands import _outputs, _plan_data
from twostream.compute import workers
from twostream.config import check
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow import backends
from twostream.forecast import jobs, outlay, outlay_table, published
from twostream.forecast.cluster import Cluster
from twostream.forecast.measuring import Trials

MINUTE = 60
"""Seconds that are measured, by default, and those that processes take to start on top."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the configuration, the data set, the nodes, and how long to measure."""
    parser.add_argument("--configfile", type=Path, required=True, help="the configuration, such as presets/ucf101.yaml")
    parser.add_argument("--dataset", choices=published.DATA_SETS, help="reckon for this one, whatever is there")
    parser.add_argument("--nodes", type=int, default=1, help="how many there are to be; default: 1")
    parser.add_argument("--cores", type=int, help="of each node; default: those of this machine")
    parser.add_argument("--gpus", type=int, help="of each node; default: 1 where this machine has one, else 0")
    parser.add_argument("--features", action="store_true", help="with `snakemake features`")
    parser.add_argument("--seconds", type=int, default=MINUTE, help="to measure, about; default: 60")
    parser.add_argument("--json", type=Path, help="a file for the same numbers in full")
    _outputs.add_force(parser)


def main(arguments: argparse.Namespace) -> None:
    """Print the table."""
    try:
        _plan(arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(console.BEGINS_ANEW) from None


def _plan(arguments: argparse.Namespace) -> None:
    settings = check.load(arguments.configfile)
    cluster = _cluster(arguments, settings)
    settings = _on_cpu(settings) if cluster.gpus == 0 else settings
    _check_json(arguments.json, arguments.force)
    with _scratch() as scratch:
        folder = settings["dataset"]["folder"]
        hints = (settings["dataset"]["format"], folder, arguments.configfile.stem)
        data = _plan_data.look(settings, arguments.dataset, hints, scratch, arguments.seconds / 4)
        tasks = jobs.tasks_of(data.full, data.is_rendered, arguments.features)
        measured = Trials(data.full, data.material, arguments.seconds).run(tasks)
    result = outlay.of(data.full, tasks, measured, cluster)
    is_on_gpu = any(each.is_gpu for each in measured.values())
    notes = [*data.lines, *_disk(settings, result.total("bytes"))]
    for line in [*notes, "", f"on {outlay_table.place(cluster)}:", *outlay_table.lines(result, is_on_gpu)]:
        print(text.printable(line))
    if arguments.json:
        atomic.write_json(arguments.json, outlay_table.to_json(result, measured, notes))


def _cluster(arguments: argparse.Namespace, settings: Settings) -> Cluster:
    """Return the nodes that the `arguments` ask for; InputError where they are none."""
    for name in ("nodes", "cores", "seconds"):
        number = getattr(arguments, name)
        if number is not None and number < 1:
            raise InputError(f"--{name}", f"is {number}", "give 1 or more")
    if arguments.gpus is not None and arguments.gpus < 0:
        raise InputError("--gpus", f"is {arguments.gpus}", "give 0 or more")
    has_gpu = settings["compute"]["device"] != "cpu" and bool(backends.gpu())
    cores = arguments.cores or workers.cores(None)
    return Cluster(arguments.nodes, cores, int(has_gpu) if arguments.gpus is None else arguments.gpus)


def _on_cpu(settings: Settings) -> Settings:
    """Return `settings` as they are on nodes without a GPU."""
    flow = {"backend": "fused"} if settings["flow"]["backend"] == "auto" else {}
    changed: Settings = settings | {"flow": settings["flow"] | flow}
    return changed | {"compute": settings["compute"] | {"device": "cpu"}}


def _check_json(file: Path | None, force: bool) -> None:
    """Raise InputError where `file` cannot be written or, without `force`, is no plan, before a minute is spent."""
    if file is None:
        return
    if not file.absolute().parent.is_dir() or (file.exists() and not file.is_file()):
        raise InputError(file, "is a folder or a device, or lies in no folder", "choose another --json")
    is_plan = _outputs.json_with(*outlay_table.NAMES)
    _outputs.check_file(f"--json {file}", file, force, is_plan, "something else than a plan")
    _outputs.check_folder(file.parent, "--json")


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a folder that is deleted in the end; InputError where none can be made."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="twostream-plan-")
    except OSError as error:
        problem = f"no folder can be made there ({error.strerror})"
        raise InputError(tempfile.gettempdir(), problem, "free some space, or set TMPDIR to another folder") from error
    with folder as name:
        yield Path(name)


def _disk(settings: Settings, needed: float) -> list[str]:
    """Return what is free on the disk of the cache, where that is less than `needed`."""
    root = Path(settings["compute"]["cache_root"])
    free = preflight.free(root)
    if free >= needed:
        return []
    return [f"the cache, {root}, has {text.size(free)} free here, and this run writes {text.size(needed)}"]
