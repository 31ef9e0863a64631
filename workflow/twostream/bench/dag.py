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
from pathlib import Path

from twostream import plan
from twostream.bench import timing
from twostream.cache import keys, stages
from twostream.config import check
from twostream.files import atomic
from twostream.videos import index, ledger, listing, splits
from twostream.videos.probe import Probe

ROOT = Path(__file__).parents[3]
SIZES = {"UCF101": (13_320, 101, 64), "Kinetics-400": (240_000, 400, 512)}
"""Videos, classes, shards."""


def main() -> None:
    made = argparse.ArgumentParser(prog="twostream bench dag", description=__doc__)
    made.add_argument("--only", choices=SIZES, help="one data set instead of both")
    chosen = made.parse_args()
    rows, ratios = [], {}
    for name, (videos, classes, shards) in SIZES.items():
        if chosen.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                simulate(Path(folder), videos, classes, shards)
                for way, arguments in (("run", ["-j8"]), ("dry-run", ["-n"])):
                    seconds, gigabytes = nothing_to_be_done(Path(folder), arguments)
                    rows.append({"data set": name, "videos": videos, "way": way, "seconds": seconds, "GB": gigabytes})
                    ratios[f"{way}_{videos}"] = {"seconds": round(seconds, 2), "gigabytes": round(gigabytes, 2)}
    timing.show(rows, ratios)


def simulate(folder: Path, videos: int, classes: int, shards: int) -> None:
    """A project in `folder` in which everything has been made."""
    os.chdir(folder)
    names = [f"Class{number:03d}" for number in range(classes)]
    ids = [f"{names[n % classes]}/v_{names[n % classes]}_g{n // classes % 25:02d}_c{n:06d}.avi" for n in range(videos)]
    for id in ids:
        path = folder / "videos" / id
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_lists(folder / "splits", names, ids)
    given = {"dataset": {"folder": "videos", "splits": "splits"}, "index": {"shards": shards}}
    atomic.write_json(folder / "settings.yaml", given)
    settings = check.check(given)
    files = listing.scan(Path("videos"))
    probes = {
        file.id: Probe(digest=keys.digest(file.id, 16), frames=187, width=320, height=240, fps=25.0) for file in files
    }
    known = {file.id: ledger.Entry(file.size, (file.mtime_ns,), probes[file.id]) for file in files}
    ledger.write(ledger.path(Path(settings["compute"]["cache_root"]), Path("videos")), known)
    planned = plan.make(settings)
    split = splits.read_lists(folder / "splits", settings["dataset"]["split"])
    index.write(planned.index, index.assemble(planned.folder, probes, split, planned.index_settings))
    atomic.write_text(Path("results/config.json"), planned.report_config)
    for path in planned.artefacts:
        for file in (path, stages.STAGES[path.parent.parent.name].benchmark(path)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    for stream in planned.full.streams:
        stream.history.touch()
    for name in ("results/fusion_report.html", "results/fusion_report.json", "benchmarks/fusion_report.tsv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()


def write_lists(folder: Path, names: list[str], ids: list[str]) -> None:
    test = [id for id in ids if "_g01_" in id]
    train = [f"{id} {names.index(id.split('/')[0]) + 1}" for id in ids if "_g01_" not in id]
    classes = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    for name, lines in (("classInd", classes), ("trainlist01", train), ("testlist01", test)):
        atomic.write_text(folder / f"{name}.txt", "\n".join(lines) + "\n")


def nothing_to_be_done(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Seconds and GB that Snakemake takes to find out."""
    code = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "print(json.dumps([done.stdout + done.stderr, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))"
    )
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "settings.yaml"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command, *arguments, stages.FUSION_REPORT.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    printed, kilobytes = json.loads(done.stdout)
    if "Nothing to be done" not in printed:
        sys.exit(f"the simulated project is not complete:\n{printed}")
    return seconds, kilobytes / 1e6


if __name__ == "__main__":
    main()
