"""What is told of a cache, and what is removed from it. The commands are run as a user runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.project import Finished, Project
from twostream.cache import difference, store, usage
from twostream.errors import InputError
from twostream.files.quarantine import quarantine_path


def twostream(project: Project, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from twostream.cli import main; main()", *arguments],
        cwd=project.folder,
        env={"PYTHONPATH": str(project.root / "workflow"), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    """A project that was run with two bounds of the flow, the second one last."""
    project = Project(tmp_path_factory.mktemp("cache") / "project")
    project.run()
    project.settings["flow"]["bound"] = 7
    project.run()
    return Finished(project)


@pytest.fixture
def project(finished) -> Project:
    return finished.restore()


def keys_of(project: Project, stage: str) -> list[str]:
    """The keys of a stage, the one that was made first first."""
    made = sorted(project.files(f"{stage}/*/provenance.json"), key=lambda path: path.stat().st_mtime_ns)
    return [path.parent.name for path in made]


def lines(printed: str, stage: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith(stage)]


class TestLs:
    def test_every_key_stands_with_what_tells_it_apart_and_who_uses_it(self, project):
        new, old = lines(twostream(project, "ls"), "compute_flow")
        assert (" this " in new, " this " in old) == (True, False)
        assert ("{bound: 7}" in new, "{bound: 20}" in old) == (True, True)
        (frames,) = lines(twostream(project, "ls"), "extract_frames")
        assert "this" in frames

    def test_one_key_is_told_in_full(self, project):
        key = keys_of(project, "compute_flow")[-1]
        assert '"bound": 7' in twostream(project, "ls", key[:6])

    def test_a_configuration_may_be_asked_for_that_was_not_run_last(self, project):
        (project.folder / "old.yaml").write_text((project.folder / "settings.yaml").read_text().replace("bound: 7", ""))
        new, old = lines(twostream(project, "ls", "--configfile", "old.yaml"), "compute_flow")
        assert (" this " in new, " this " in old) == (False, True)

    def test_an_unknown_key_is_refused(self, project):
        assert "no key begins with `zz`" in twostream(project, "ls", "zz")


class TestWhy:
    def test_the_setting_is_named_however_far_down_the_keys_are(self, project):
        for stage in ("compute_flow", "write_stacks", "train_stream", "dump_logits", "fuse"):
            told = [
                twostream(project, "why", before, after)
                for before in keys_of(project, stage)
                for after in keys_of(project, stage)
                if before != after
            ]
            assert any("flow.bound" in each.replace("compute_flow  bound", "flow.bound") for each in told), stage

    def test_nothing_but_that_setting_is_named(self, project):
        old, new = (store.find(project.folder / "results", key).folder for key in keys_of(project, "fuse"))
        assert difference.between(old, new) == [difference.Difference("compute_flow", "bound", 20, 7)]
        assert difference.between(old, old) == []


class TestPrune:
    def test_a_dry_run_names_what_is_unused_and_removes_nothing(self, project):
        before = project.files("**/*")
        printed = twostream(project, "prune")
        assert [line.split()[0] for line in printed.splitlines()[1:-2]] == [
            *("compute_flow", "write_stacks", "train_stream", "dump_logits", "fuse", "fusion_report")
        ]
        assert "--yes removes them" in printed
        assert [path for path in project.files("**/*") if path.name != ".cache.lock"] == [
            path for path in before if path.name != ".cache.lock"
        ]

    def test_nothing_is_removed_while_a_run_uses_the_cache(self, project):
        with usage.keep_from_pruning(project.folder / "results", []):
            assert "results: is in use by a run: wait" in twostream(project, "prune", "--yes")

    def test_a_run_does_not_start_while_the_cache_is_pruned(self, project):
        with usage.keep_runs_out(project.folder / "results"):
            assert "results: is being pruned: wait" in project.snakemake("-j2", "fusion_report").stdout

    def test_what_another_project_uses_is_kept(self, project, tmp_path):
        root = project.folder / "results"
        old = keys_of(project, "compute_flow")[0]
        shards = sorted((root / "compute_flow" / old).glob("*.h5"))
        other = tmp_path / "other"
        other.mkdir()
        usage.note_use(root, other, {}, shards)
        assert not lines(twostream(project, "prune"), "compute_flow")
        assert "other" in next(line for line in lines(twostream(project, "ls"), "compute_flow") if old in line)
        other.rmdir()
        printed = twostream(project, "prune", "--yes")
        assert not lines(printed, "compute_flow"), "its disk may not be mounted"
        assert f"{other}: is not there now; what it used is kept, unless you give --forget {other}" in printed
        assert "no such project uses the cache" in twostream(project, "prune", "--forget", "nowhere")
        assert len(lines(twostream(project, "prune", "--yes", "--forget", str(other)), "compute_flow")) == 1
        assert [use.project for use in usage.read_notes(root).users] == [project.folder]

    def test_a_shard_that_another_one_replaced_goes_alone(self, project):
        root = project.folder / "results"
        kept = usage.read_notes(root).of(project.folder).artefacts
        shard = next(path for path in kept if path.parent.parent.name == "extract_frames")
        (removal,) = [each for each in store.removals(root, kept - {shard}) if each.entry.stage == "extract_frames"]
        assert not removal.whole
        assert {path.name.lstrip(".").split(".")[0] for path in removal.paths} == {shard.stem}
        assert {".h5", ".json", ".tsv", ".kept"} == {path.suffix for path in removal.paths}

    def test_what_is_in_quarantine_goes(self, project):
        twostream(project, "prune", "--yes")
        (model, *_) = project.files("train_stream/*/model.pt")
        model.rename(quarantine_path(model))
        twostream(project, "prune", "--yes")
        assert not quarantine_path(model).exists()
        project.settings["test"]["samples"] = 4
        project.run()
        assert model.exists()
        log = (project.folder / f"logs/train_stream/{model.parent.name}.log").read_text()
        assert "epoch 1" not in log.rpartition(" train_stream ")[2]

    def test_what_is_unused_goes_and_the_rest_still_serves(self, project):
        twostream(project, "prune", "--yes")
        assert len(keys_of(project, "compute_flow")) == 1
        assert project.jobs() == {}
        del project.settings["flow"]["bound"]
        assert project.ran()["compute_flow"] == 2

    def test_a_configuration_tells_what_this_project_uses_where_its_note_is_damaged(self, project):
        (note,) = project.files("projects/*.json")
        note.write_bytes(b"")
        assert "nothing is removed" in twostream(project, "prune", "--yes")
        assert "removed" in twostream(project, "prune", "--yes", "--configfile", "settings.yaml")
        assert len(keys_of(project, "compute_flow")) == 1
        assert project.jobs() == {}

    def test_without_a_run_or_a_configuration_nothing_is_known(self, tmp_path):
        project = Project(tmp_path / "empty")
        project.folder.mkdir()
        assert "give --configfile, or run the workflow first" in twostream(project, "prune", "--yes")
        assert "results: is not a folder" in twostream(project, "ls")


def test_a_cache_that_cannot_be_written_to_is_used_without_notes(tmp_path):
    file = tmp_path / "a file, no folder"
    file.touch()
    assert usage.keep_from_pruning(file, []) is None
    usage.note_use(file, Path(), {}, [file / "a" / "b.h5"])
    with pytest.raises(
        InputError, match=r"compute\.cache_root: .* cannot be written to .* has no b\.h5 of a: choose a folder"
    ):
        usage.keep_from_pruning(file, [file / "a" / "b.h5"])
