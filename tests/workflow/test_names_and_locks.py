"""Whole runs with folders of hostile names, and on a file system without locks, of nodes whose clocks are wrong."""

import time

import pytest

from support import odd_files
from support.project import Project, make_lists, make_videos


@pytest.fixture
def project(tmp_path) -> Project:
    project = Project(tmp_path / "project")
    project.settings["dataset"] = {"folder": "videos", "splits": "lists {a} #b"}
    make_lists(project.folder / "lists {a} #b", make_videos(project.folder / "videos", 12))
    return project


def test_folders_and_titles_of_hostile_names_go_through_to_the_report(project):
    name = "-a {b}:c #d %e $(f) 'g' {{h}}"
    (project.folder / "videos").rename(project.folder / name)
    project.settings["dataset"]["folder"] = f"./{name}"
    project.settings["compute"] = {"cache_root": "-c d:e #f"}
    project.settings["report"] = {"title": 'Run {wildcards.key} {x} #3: {{y}} \\ "z"'}
    project.settings["index"]["group_pattern"] = "_g([0-9]{2})"
    report = project.run()
    assert report["title"] == project.settings["report"]["title"]
    assert report["videos"]["bad"] == []
    assert project.jobs() == {}


@pytest.mark.parametrize(
    ("argument", "folder"),
    [
        ('dataset={folder: "videos #2"}', "videos #2"),
        ('dataset={folder: "007"}', "007"),
        ("dataset={folder: '2024-05-01'}", "2024-05-01"),
        ('dataset={folder: "yes"}', "yes"),
        ('dataset={folder: "a: b"}', "a: b"),
    ],
)
def test_a_folder_on_the_command_line_is_the_one_that_is_named(project, argument, folder):
    done = project.snakemake("-n", "fusion_report", "--config", argument)
    assert f"twostream: dataset.folder: {folder} is not a folder: choose" in done.stdout


def test_names_of_streams_that_yaml_takes_for_truths_are_names(project):
    project.settings["streams"] = {"yes": project.settings["streams"]["spatial"]}
    project.jobs()
    text = (project.folder / "settings.yaml").read_text().replace("'yes':", "yes:")
    assert "\n  yes:" in text
    (project.folder / "written.yaml").write_text(text)
    done = project.snakemake("-n", "fusion_report", "--configfile", "written.yaml")
    assert done.returncode == 0, done.stdout
    wanted = (project.folder / "results" / ".wanted.json").read_text()
    assert '"stream_order": [\n  "yes"\n ]' in wanted


def test_a_name_that_stands_twice_in_a_file_is_refused(project):
    project.jobs()
    with (project.folder / "settings.yaml").open("a") as file:
        file.write("frames: {codec: raw}\n")
    (project.folder / "settings.yaml").rename(project.folder / "twice.yaml")
    done = project.snakemake("-n", "fusion_report", "--configfile", "twice.yaml")
    assert "twice.yaml: `frames` stands twice, in line" in done.stdout
    assert "Traceback" not in done.stdout


def test_settings_without_effect_are_said_once_and_run_nothing(project):
    project.run()
    project.settings["flow"]["quality"] = 80
    done = project.snakemake("-j8", "fusion_report")
    assert done.stdout.count("twostream: flow.quality: has no effect, since codec is not jpeg") == 1
    assert "Nothing to be done" in done.stdout


@pytest.mark.parametrize(("error", "shift"), [("ENOLCK", 3600), ("EOPNOTSUPP", -3600)])
def test_without_locks_and_with_wrong_clocks_a_run_is_right(project, error, shift, tmp_path, monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", str(odd_files.library(tmp_path, error, shift)))
    done = project.snakemake("-j8", "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.count("its file system has no locks: run one workflow at a time on it") == 1
    dates = [file.stat().st_mtime - time.time() for file in project.files("*/*/*.cost.json")]
    assert min(dates) < -3000  # The clocks did have an effect.
    assert project.jobs() == {}
