"""How long Snakemake takes to find that there is nothing to be done, as data sets grow.

The data set and everything made of it are simulated: files of no content under the names that the plan
gives them. What is timed is the command a user types.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from twostream import plan
from twostream.bench import _project, timing
from twostream.cache import keys, stages
from twostream.config import check
from twostream.config.schema import Settings
from twostream.files import atomic
from twostream.videos import index, ledger, listing, split_lists
from twostream.videos.probe import Probe

SIZES = {"UCF101": (13_320, 101, 64), "Kinetics-400": (240_000, 400, 512)}
"""Videos, classes, shards."""


def main() -> None:
    """Print a table of seconds and memory, and the same as JSON."""
    parser = argparse.ArgumentParser(prog="twostream bench dag", description=__doc__)
    parser.add_argument("--only", choices=SIZES, help="one data set instead of both")
    only = parser.parse_args().only
    rows, ratios = [], {}
    for name in [only] if only else SIZES:
        videos, classes, shards = SIZES[name]
        with tempfile.TemporaryDirectory() as folder:
            simulate(Path(folder), videos, classes, shards)
            for way, arguments in (("run", ["-j8"]), ("dry-run", ["-n"])):
                seconds, gigabytes = nothing_to_be_done(Path(folder), arguments)
                rows.append({"data set": name, "videos": videos, "way": way, "seconds": seconds, "GB": gigabytes})
                ratios[f"{way}_{videos}"] = {"seconds": round(seconds, 2), "gigabytes": round(gigabytes, 2)}
    timing.show(rows, ratios)


def simulate(folder: Path, videos: int, classes: int, shards: int) -> None:
    """Make a project in `folder`, which becomes the working folder, as if everything in it had been run."""
    os.chdir(folder)
    names = [f"Class{number:03d}" for number in range(classes)]
    ids = [f"{names[n % classes]}/v_{names[n % classes]}_g{n // classes % 25:02d}_c{n:06d}.avi" for n in range(videos)]
    _touch(Path("videos") / id for id in ids)
    write_lists(Path("splits"), names, ids)
    sections = {"dataset": {"folder": "videos", "splits": "splits"}, "index": {"shards": shards}}
    atomic.write_json(Path("settings.yaml"), sections)
    planned = _index(check.check(sections))
    atomic.write_text(Path("results/config.json"), planned.report_config)
    for path in planned.artefacts:
        _touch([path, stages.STAGES[path.parent.parent.name].benchmark(path)])
    _touch(stream.history for stream in planned.full.streams)
    report = stages.FUSION_REPORT.name
    _touch(Path(name) for name in (f"results/{report}.html", f"results/{report}.json", f"benchmarks/{report}.tsv"))


def _index(settings: Settings) -> plan.Plan:
    """Write the ledger and the index of the data set of `settings`; return the plan."""
    files = listing.scan(Path("videos"))
    probes = {file.id: Probe(digest=keys.digest(file.id, 16), frames=187, width=320, height=240) for file in files}
    entries = {file.id: ledger.Entry(file.size, (file.mtime_ns,), probes[file.id]) for file in files}
    planned = plan.make(settings)
    ledger.write(planned.ledger, entries)
    split = split_lists.read(Path("splits"), settings["dataset"]["split"])
    index.write(planned.index, index.assemble(planned.folder, probes, split, planned.index_settings))
    return planned


def _touch(files: Iterable[Path]) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def write_lists(folder: Path, names: list[str], ids: list[str]) -> None:
    """Write UCF101's lists of the videos `ids` of the classes `names`; the first recording is for testing."""
    test = [id for id in ids if "_g01_" in id]
    train = [f"{id} {names.index(id.split('/')[0]) + 1}" for id in ids if "_g01_" not in id]
    classes = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    for name, lines in (("classInd", classes), ("trainlist01", train), ("testlist01", test)):
        atomic.write_text(folder / f"{name}.txt", "\n".join(lines) + "\n")


def nothing_to_be_done(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Return the seconds and GB that Snakemake takes to find that nothing is to be done."""
    code = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "print(json.dumps([done.stdout + done.stderr, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))"
    )
    command = _project.snakemake("settings.yaml")
    began = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", code, *command, *arguments, stages.FUSION_REPORT.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    printed, kilobytes = json.loads(result.stdout)
    if "Nothing to be done" not in printed:
        sys.exit(f"the simulated project is not complete:\n{printed}")
    return seconds, kilobytes / 1e6


if __name__ == "__main__":
    main()
