"""What the forecast lets jobs wait for, against the graph that Snakemake makes of the rules' own inputs."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from support.project import ROOT
from twostream import plan
from twostream.bench import dag
from twostream.cache import stages
from twostream.cache.rates import Rate
from twostream.config import check
from twostream.forecast import jobs
from twostream.forecast.cluster import Cluster
from twostream.forecast.jobs import Measurement
from twostream.plan import FullPlan

SOME = Measurement(rate=Rate(seconds=0.0, bytes=0.0, start=1.0))
BESIDES = {"render_demo", "import_flow", "export_model", "predict_videos"}
"""Stages that are in no run of this data set."""
Edge = tuple[str, str]
"""A stage, and one that needs it."""


def of_snakemake() -> set[Edge]:
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "settings.yaml"]
    command += ["--cores", "1", "fusion_report", "features", "--rulegraph"]
    dot = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    name = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    edges = {(name[before], name[after]) for before, after in re.findall(r"(\d+) -> (\d+)", dot)}
    return {edge for edge in edges if set(edge) <= set(stages.STAGES)}


def of_forecast(full: FullPlan) -> set[Edge]:
    tasks = jobs.tasks_of(full, with_features=True)
    groups = [(task.stage, group) for task in tasks for group in jobs.groups(full, task, SOME, Cluster(1, 2, 0))]
    stage_of = {group.name: stage for stage, group in groups}
    return {(stage_of[name], stage) for stage, group in groups for name in group.after if name != "demo"}


def with_all_between(edges: Iterable[Edge]) -> set[Edge]:
    """Add to the `edges` those that follow from them: what is needed by what is needed."""
    every = set(edges)
    while more := {(a, d) for a, b in every for c, d in every if b == c} - every:
        every |= more
    return every


@pytest.mark.slow
def test_jobs_wait_for_what_the_rules_inputs_are_made_by(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dag.simulate(tmp_path, 8, 2, 2)
    settings = json.loads(Path("settings.yaml").read_text())
    there = plan.make(check.check(settings))
    nothing_there = plan.make(check.check(settings | {"compute": {"cache_root": "nothing here"}}))
    forecast = of_forecast(FullPlan(nothing_there, there.full.index))
    assert with_all_between(forecast) == with_all_between(of_snakemake())
    assert {stage for edge in forecast for stage in edge} >= {
        "index",
        "extract_frames",
        "compute_flow",
        "dump_features",
    }
