"""What `twostream plan` says of a run beside what the run then takes, stage by stage, in core-seconds and bytes.

Both are as on an idle machine: the time in which a job waits for a core that another program holds is subtracted. If
other programs hold the cores most of the time, a part of it remains: then a job takes between `cpu-s` and `core-s`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twostream.bench import timing
from twostream.bench._jobs import Job, Observer
from twostream.bench._project import ROOT, snakemake
from twostream.cache.stages import FUSION_REPORT, STAGES
from twostream.files import atomic
from twostream.forecast.estimate import SCHEDULING


def main() -> None:
    """Print a row for each stage, and the ratios of the sums."""
    parser = argparse.ArgumentParser(prog="twostream bench plan", description=__doc__)
    parser.add_argument("--configfile", type=Path, default=ROOT / "config.yaml", help="default: the demo")
    parser.add_argument("--seconds", type=int, default=60, help="that plan measures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, configfile = Path(name), options.configfile.resolve()
        planned = plan(folder, configfile, options.seconds)
        threads = {row["stage"]: row["threads"] for row in planned["stages"]}
        began = time.monotonic()
        jobs = run(folder, configfile, threads)
        wall = time.monotonic() - began
        rows = [compare(stage, planned, jobs.get(stage, []), folder) for stage in dict.fromkeys(threads)]
    sums = {name: sum(row[name] for row in rows) for name in rows[0] if name not in ("stage", "ratio")}
    rows.append({"stage": "together", **sums, "ratio": sums["planned core-s"] / sums["core-s"]})
    ratios = {f"ratio_to_{name}": sums["planned core-s"] / sums[f"{name}-s"] for name in ("core", "cpu")}
    ratios |= {"planned_s": planned["together"]["seconds"], "s": wall}
    timing.show(rows, {name: round(number, 3) for name, number in ratios.items()})


def plan(folder: Path, configfile: Path, seconds: int) -> Any:
    """Return the plan of `configfile`, made by `twostream plan` in `folder`; exit where that refuses it in a line."""
    file = folder / "plan.json"
    command = [sys.executable, "-m", "twostream", "plan", "--configfile", str(configfile), "--json", str(file)]
    done = subprocess.run([*command, "--seconds", str(seconds)], cwd=folder, check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(done.returncode)
    return atomic.read_json(file)


def run(folder: Path, configfile: Path, threads: Mapping[str, int]) -> dict[str, list[Job]]:
    """Run the workflow in `folder`; return its jobs by their stage."""
    command = snakemake(str(configfile))
    with (folder / "printed.txt").open("w", encoding="utf-8") as printed:
        started = subprocess.Popen(
            [*command, "--cores", "all", FUSION_REPORT.name],
            cwd=folder,
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
            stdout=printed,
            stderr=subprocess.STDOUT,
            text=True,
        )
        jobs = Observer(started, threads).by_stage()
    if started.wait():
        sys.exit((folder / "printed.txt").read_text(encoding="utf-8", errors="replace")[-2000:])
    return jobs


def compare(stage: str, planned: Mapping[str, Any], jobs: Sequence[Job], folder: Path) -> dict[str, Any]:
    """Return the row of a `stage`: what was planned, and what its `jobs` took."""
    rows = [row for row in planned["stages"] if row["stage"] == stage]
    started = sum(row["jobs"] * row["threads"] for row in rows) * SCHEDULING  # No process has these seconds.
    core_seconds = 3600 * sum(row["core_hours"] or 0.0 for row in rows) - started
    measured_seconds = sum(job.core_seconds for job in jobs)
    files = [
        file for file in (folder / "results" / stage).rglob("*") if file.suffix == Path(STAGES[stage].artefact).suffix
    ]
    return {
        "stage": stage,
        "jobs": len(jobs),
        "planned core-s": core_seconds,
        "core-s": measured_seconds,
        "ratio": core_seconds / measured_seconds if measured_seconds else 0.0,
        "cpu-s": sum(job.cpu for job in jobs),
        "planned MB": sum(row["bytes"] or 0.0 for row in rows) / 1e6,
        "MB": sum(file.stat().st_size for file in files) / 1e6,
        "planned memory": max(row["memory"] or 0.0 for row in rows) / 1e6,
        "memory": max((job.memory for job in jobs), default=0.0) / 1e6,
    }


if __name__ == "__main__":
    main()
