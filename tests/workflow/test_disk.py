"""A cache on a disk that is full, and on one that is read-only. Real disks, mounted for the test."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.project import Project

Remount = Callable[[str], None]


@pytest.fixture
def disk(tmp_path) -> Iterator[tuple[Path, Remount]]:
    """A small disk of its own, and a way to mount it anew with other options."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> int:
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode

    if mount("size=400k"):
        pytest.skip("no disk may be mounted here")
    try:
        yield folder, lambda options: mount(f"remount,{options}") and pytest.fail(f"remount,{options} did not work")
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_reported_and_the_run_resumes_with_more_space(disk, tmp_path):
    folder, remount = disk
    project = Project(tmp_path / "project")
    project.settings["compute"] = {"cache_root": str(folder / "cache")}
    process = project.snakemake("-j8", "fusion_report")
    assert process.returncode != 0
    assert "the disk is full: free some space, then run the same command again; what is done is kept" in process.stdout
    assert "Traceback" not in process.stdout
    assert "the disk is full: free some space" in process.stdout.splitlines()[-1]
    assert not list(folder.rglob(".*.part"))
    remount("size=1g")
    project.run()
    assert project.jobs() == {}


def test_a_full_disk_of_the_project_ends_in_one_line_too(disk, tmp_path):
    """Snakemake's notes, its log and those of the jobs lie there; the cache has room."""
    folder, remount = disk
    remount("size=80k")
    project = Project(folder / "project")
    project.settings["compute"] = {"cache_root": str(tmp_path / "cache")}
    process = project.snakemake("-j8", "fusion_report")
    assert process.returncode != 0
    assert f"twostream: {folder}/project: the disk is full: free some space" in process.stdout
    assert "Traceback" not in process.stdout
    remount("size=1g")
    project.run()
    assert project.jobs() == {}


def project_of_read_only_cache(disk, tmp_path):
    """Run a project, and take the right to write to its cache away."""
    folder, remount = disk
    remount("size=1g")
    project = Project(tmp_path / "project")
    project.settings["compute"] = {"cache_root": str(folder / "cache")}
    project.run()
    remount("ro")
    return project


def test_a_read_only_cache_serves_what_it_holds_and_refuses_the_rest(disk, tmp_path):
    project = project_of_read_only_cache(disk, tmp_path)
    assert project.ran() == {}
    project.settings["fusion"] = {"step": 0.25}
    refused = project.snakemake("-j8", "fusion_report")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stdout
    assert "twostream: compute.cache_root: " in refused.stdout


def test_a_read_only_cache_serves_a_new_project_with_another_title(disk, tmp_path):
    project = project_of_read_only_cache(disk, tmp_path)
    for title in (None, "Another"):
        other = Project(tmp_path / f"the project of {title}")
        other.settings["compute"] = project.settings["compute"]
        if title:
            other.settings["report"] = {"title": title}
        assert other.ran() == {"fusion_report": 1}
        assert other.jobs() == {}
        assert other.ran() == {}
