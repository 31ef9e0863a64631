"""What a job has finished outlives whatever Snakemake does with the job's outputs. Real runs."""

import os
import shutil
from pathlib import Path

import pytest

from support.project import Finished, Project

ARTEFACTS = (
    *("render_demo/*/videos.json", "index/*/index.json", "extract_frames/*/0*.h5", "compute_flow/*/0*.h5"),
    *("write_stacks/*/*.h5", "train_stream/*/model.pt", "train_stream/*/history.csv", "dump_logits/*/logits.h5"),
    "fuse/*/fusion.json",
)
WITHOUT_PROFILE = ("--workflow-profile", "none", "--rerun-triggers", "mtime", "--nolock", "--rerun-incomplete")
"""Options of Snakemake with which it deletes the outputs of a job that failed."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    project = Project(tmp_path_factory.mktemp("survival") / "project")
    project.run()
    return Finished(project)


@pytest.fixture
def project(finished) -> Project:
    """A finished project without logs, so that those of a test's runs are the only ones."""
    project = finished.restore()
    shutil.rmtree(project.folder / "logs")
    return project


def artefacts(project: Project, *patterns: str) -> dict[Path, bytes]:
    """The bytes of each artefact, without its second name."""
    return {path: path.read_bytes() for pattern in patterns or ARTEFACTS for path in project.files(pattern)}


def trained(project: Project) -> bool:
    """Whether a job of the last run trained: below the heading that the last job of a log began with."""
    logs = (project.folder / "logs" / "train_stream").glob("*.log")
    return any("epoch 1" in log.read_text().rpartition(" train_stream ")[2] for log in logs)


def test_training_on_stacks_from_the_future_ends_well(project):
    for stage in ("train_stream", "dump_logits", "fuse", "fusion_report"):
        shutil.rmtree(project.folder / "results" / stage)
    for stacks in project.files("write_stacks/*/*.h5"):
        later = stacks.stat().st_mtime + 10 * 60
        os.utime(stacks, (later, later))
    done = project.snakemake("-j8", "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Removing output files" not in done.stdout
    assert project.jobs() == {}


def test_outputs_that_were_deleted_are_there_again_without_work(project):
    """As after a job that Snakemake took for failed."""
    before, costs = artefacts(project), artefacts(project, "*/*/*.cost.json")
    for path in before:
        path.unlink()
    project.settings["report"] = {"title": "Another"}
    project.run()
    assert artefacts(project) == before
    assert costs.items() <= artefacts(project, "*/*/*.cost.json").items(), "none has cost anything again"
    assert not trained(project)
    assert project.jobs() == {}


def test_a_job_that_fails_after_its_work_has_not_worked_in_vain(project):
    """A folder in the place of the benchmark makes Snakemake fail when the training has ended, and delete the model."""
    shutil.rmtree(project.folder / "results" / "train_stream")
    project.settings["report"] = {"title": "Another"}
    jobs = project.snakemake("-n", "fusion_report").stdout
    keys = {line.split("key ")[1].strip(".\n") for line in jobs.splitlines() if "Training the stream" in line}
    for key in keys:
        (project.folder / "results" / "train_stream" / key / "benchmark.tsv").mkdir(parents=True)
    failed = project.snakemake("-j8", *WITHOUT_PROFILE, "-k", "fusion_report")
    assert failed.returncode != 0
    assert "Removing output files of failed job train_stream" in failed.stdout
    assert trained(project)
    assert not project.files("train_stream/*/model.pt")
    for folder in project.files("train_stream/*/benchmark.tsv"):
        shutil.rmtree(folder)
    project.run()
    assert len(project.files("train_stream/*/model.pt")) == 2
    assert not trained(project)


def test_a_lost_table_of_epochs_costs_no_training(project):
    before = artefacts(project, "train_stream/*/model.pt")
    for path in [*project.files("train_stream/*/*history.csv*"), *project.files("train_stream/*/model.cost.json")]:
        path.unlink()
    project.settings["report"] = {"title": "Another"}
    report = project.run()
    assert artefacts(project, "train_stream/*/model.pt") == before
    assert not trained(project)
    assert report["training"] == {"spatial": [], "temporal": []}


def test_outputs_that_are_asked_for_again_are_verified_not_made_again(project):
    before = artefacts(project)
    done = project.snakemake("-j8", "--forcerun", "train_stream", "compute_flow", "--", "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "(Rule: train_stream)" in done.stdout
    assert artefacts(project) == before
    assert not trained(project)
    assert not [path for path in (project.folder / ".snakemake").glob("backups/**/*") if path.is_file()]


def test_a_log_that_cannot_be_written_is_a_warning(project):
    log = project.folder / "logs" / "fusion_report.log"
    (log / "in its place").mkdir(parents=True)
    project.settings["fusion"]["step"] = 0.25
    done = project.snakemake("-j8", *WITHOUT_PROFILE, "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "twostream: warning: logs/fusion_report.log: cannot be written, and lacks what follows" in done.stdout
    assert project.jobs() == {}
