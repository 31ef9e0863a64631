"""What the workflow is for: nothing is paid for twice, and nothing is lost. Real runs, really killed."""

import os
import re
import signal
import subprocess
from pathlib import Path

import h5py
import pytest
import torch
import torchvision

from support.project import Finished, Project, make_lists, make_videos, numbers, wait_for
from support.videos import encode, moving_dots
from twostream.cache import kept

STREAMS = {"train_stream": 2, "dump_logits": 2, "fuse": 1, "fusion_report": 1}
STAGES = ("extract_frames", "compute_flow")
LISTENER = """\
import os, sys
def hear(event, arguments):
    if event in ("os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        if os.path.abspath(os.fsdecode(arguments[0])).startswith({folder!r}):
            open({file!r}, "a").close()
sys.addaudithook(hear)
"""
"""What makes each Python that finds it as `sitecustomize` touch `file` where it lists something in `folder`."""


def computed(project: Project, stage: str) -> int:
    """How many videos the last job of `stage` computed, as its log says."""
    log = max((project.folder / "logs" / stage).glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    videos, stored = re.findall(
        r"^twostream: (\d+) videos?, .*?(?:(\d+) of them stored before)?: ", log.read_text(), re.M
    )[-1]
    return int(videos) - int(stored or 0)


def has_told(project: Project, stage: str) -> bool:
    """Whether a job of `stage` has said how many videos it did not compute."""
    return any(" of them stored before: " in log.read_text() for log in (project.folder / "logs" / stage).glob("*.log"))


@pytest.fixture(scope="module")
def projects(tmp_path_factory) -> tuple[Project, Project]:
    folder = tmp_path_factory.mktemp("killed")
    videos = make_videos(folder / "videos", 120)
    whole, killed = Project(folder / "whole"), Project(folder / "killed")
    for project in (whole, killed):
        project.settings["dataset"] = {"folder": str(videos)}
        project.settings["index"]["shards"] = 1
        project.settings["compute"] = {"video_threads": 1}
        for stream in project.settings["streams"].values():
            stream |= {"epochs": 3, "dropout": 0.3}
    return whole, killed


def half_trained(project: Project) -> list[str]:
    """The keys of the streams that have finished an epoch and not the last one."""
    folders = [state.parent for state in project.files("train_stream/*/state.pt")]
    return [folder.name for folder in folders if not (folder / "model.pt").exists()]


class TestKilled:
    """One run killed again and again, in every stage, against one that is left alone."""

    def test_the_same_command_goes_on_and_ends_with_the_same_numbers(self, projects):
        whole, killed = projects
        expected = numbers(whole.run())

        for stage in STAGES:
            killed.stop_when(lambda stage=stage: len(killed.files(f"{stage}/*/parts/*.h5")) > 2)
            finished = len(killed.files(f"{stage}/*/parts/*.h5"))
            assert 2 < finished < 12
            assert not killed.files(f"{stage}/*/0*.h5")
            killed.stop_when(
                lambda stage=stage: bool(killed.files(f"{stage}/*/0*.cost.json")) and has_told(killed, stage)
            )
            assert computed(killed, stage) == 12 - finished

        killed.stop_when(lambda: bool(half_trained(killed)))
        (key, *_) = half_trained(killed)
        killed.stop_when(lambda: bool(killed.files("dump_logits/*/parts/*/*.npy")) and not half_trained(killed))
        resumed = (killed.folder / "logs/train_stream" / f"{key}.log").read_text()
        assert re.search(r"training goes on after epoch \d", resumed)
        assert resumed.count("epoch 1 of") < 2
        killed.stop_when(lambda: any((killed.folder / "logs/fuse").glob("*.log")))

        assert numbers(killed.run()) == expected
        assert killed.jobs() == {}
        assert not killed.files("**/.*.part")
        assert not killed.files("**/parts/*")


class TestInterrupted:
    def test_control_c_ends_without_a_traceback_and_the_next_run_finishes(self, tmp_path):
        project = Project(tmp_path / "project")
        # One job at a time: a second one may be starting, and Python prints a stack until it has read its own modules.
        with project.running("-j1", "fusion_report") as run:
            wait_for(run, lambda: bool(project.files("compute_flow/*/parts/*.h5")))
            os.killpg(run.pid, signal.SIGINT)
            printed = run.communicate(timeout=300)[0]
        assert "Traceback" not in printed
        project.run()
        assert project.jobs() == {}

    def test_what_shows_a_job_ignores_control_c_from_its_first_instant_on(self, tmp_path):
        printed = Project(tmp_path / "project").snakemake("-n", "-p", "index").stdout
        (show,) = set(re.findall(r"2>&1 \| (\(.*\bindex.*\))", printed))
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\nkill -INT $$\necho it goes on\n")
        python.chmod(0o700)
        done = subprocess.run(
            ["bash", "-c", show], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, stdout=subprocess.PIPE
        )
        assert done.stdout == b"it goes on\n"

    def test_a_second_run_in_the_same_folder_is_refused_in_one_line(self, tmp_path):
        project = Project(tmp_path / "project")
        with project.running() as first:
            wait_for(first, lambda: bool(project.files("render_demo/*/videos.json")))
            assert set(project.jobs()) >= {"fusion_report"}, "a dry-run is let through"
            second = project.snakemake("-j2", "fusion_report")
            assert second.returncode != 0
            assert f"twostream: this folder: is being worked on by process {first.pid}" in second.stdout
            assert first.wait(timeout=300) == 0, first.communicate()[0][-2000:]


class TestShared:
    def test_two_projects_that_start_at_once_share_what_either_makes(self, tmp_path):
        cache = tmp_path / "cache"
        projects = [Project(tmp_path / name) for name in ("one", "other")]
        for project in projects:
            project.settings["compute"] = {"cache_root": str(cache)}
        with projects[0].running() as first, projects[1].running() as second:
            for run in (first, second):
                printed = run.communicate(timeout=600)[0]
                assert run.returncode == 0, printed[-3000:]
        one, other = (numbers(project.run()) for project in projects)
        assert one == other
        assert [project.jobs() for project in projects] == [{}, {}]
        logs = [path for project in projects for path in (project.folder / "logs" / "train_stream").glob("*.log")]
        assert sum(log.read_text().count("epoch 1 of 1: loss") for log in logs) == 2, "each stream is trained once"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    folder = tmp_path_factory.mktemp("data")
    videos = make_videos(folder / "videos", 14)
    project = Project(folder / "project")
    lists = make_lists(folder / "splits", videos)
    project.settings["dataset"] = {"folder": str(videos), "splits": str(lists)}
    project.settings["index"]["shards"] = 3
    project.run()
    return Finished(project, folder)


@pytest.fixture
def project(finished) -> Project:
    """A finished project, which each test may change."""
    return finished.restore()


@pytest.fixture
def videos(project) -> Path:
    return Path(project.settings["dataset"]["folder"])


class TestData:
    def test_a_touched_video_runs_nothing(self, project, videos):
        (videos / "Jump" / "v_Jump_g02_c01.avi").touch()
        assert project.jobs() == {}

    def test_a_job_on_any_node_makes_its_shard_and_does_not_list_the_data_set(self, project, videos, tmp_path):
        (shard,) = project.files("extract_frames/*/0000-*.h5")
        listed = tmp_path / "listed"
        (tmp_path / "sitecustomize.py").write_text(LISTENER.format(folder=str(videos), file=str(listed)))
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}

        def run_job() -> None:
            kept.forget(shard)
            shard.unlink()
            job = ("--target-jobs", f"extract_frames:shard={shard.stem}", "--allowed-rules", "extract_frames")
            as_spawned = ("--cores", "all", "--force", "--nolock", "--no-hooks", "--mode", "remote")
            done = project.snakemake(*job, *as_spawned, environment=environment)
            assert done.returncode == 0 and shard.is_file(), done.stdout

        run_job()
        assert not listed.exists()
        (project.folder / "results" / ".survey.json").unlink()
        run_job()
        assert listed.exists()

    def test_other_weights_in_the_same_file_are_trained_from_anew(self, project, tmp_path):
        file = tmp_path / "weights.pth"
        project.settings["streams"]["spatial"]["pretrained"] = str(file)
        for seed in range(2):
            torch.manual_seed(seed)
            torch.save(torchvision.models.resnet18().state_dict(), file)
            assert project.ran() == dict.fromkeys(STREAMS, 1)
        new_file = file.rename(tmp_path / "moved.pth")
        project.settings["streams"]["spatial"]["pretrained"] = str(new_file)
        assert project.jobs() == {"fusion_report": 1}

    def test_a_changed_video_runs_its_shard_and_computes_only_itself(self, project, videos):
        changed = videos / "Jump" / "v_Jump_g02_c01.avi"
        encode(changed, moving_dots(17, step=2.5))
        shard = {"index": 1, "extract_frames": 1, "compute_flow": 1, "write_stacks": 2}
        assert project.ran() == shard | STREAMS
        assert {stage: computed(project, stage) for stage in STAGES} == dict.fromkeys(STAGES, 1)

    def test_an_added_video_runs_one_shard_and_computes_only_itself(self, project, videos):
        encode(videos / "Run" / "v_Run_g02_c03.avi", moving_dots(15))
        assert project.jobs() == {"index": 1, "fusion_report": 1}
        assert project.jobs("all") == {"index": 1, "fusion_report": 1, "all": 1}
        make_lists(Path(project.settings["dataset"]["splits"]), videos)
        shard = {"index": 1, "extract_frames": 1, "compute_flow": 1, "write_stacks": 2}
        assert project.ran() == shard | STREAMS
        assert {stage: computed(project, stage) for stage in STAGES} == dict.fromkeys(STAGES, 1)

    def test_another_split_decodes_nothing_and_computes_no_flow(self, project, videos):
        lists = Path(project.settings["dataset"]["splits"])
        make_lists(lists, videos, "g03")
        assert project.ran() == {"index": 1} | STREAMS
        make_lists(lists, videos, "g01")
        assert project.ran() == {"fusion_report": 1}

    def test_a_flipped_byte_is_reported_and_that_video_is_made_again(self, project):
        linked = max(project.files("write_stacks/*/flow.h5"), key=lambda path: path.stat().st_mtime_ns)
        with h5py.File(linked) as file:
            name = next(iter(file["videos"]))
            video = f"{name}/{next(iter(file['videos'][name]))}"
            shard = (linked.parent / file["videos"].get(video, getlink=True).filename).resolve()
        with h5py.File(shard) as file:
            place = file[video]["dense"].id.get_chunk_info(4).byte_offset
        kept.forget(shard)  # In a copied project its second name is a whole file of its own, which would be restored.
        content = bytearray(shard.read_bytes())
        content[place + 7] ^= 0xFF
        shard.write_bytes(content)
        project.settings["streams"]["temporal"]["lr"] = 0.02
        stdout = project.snakemake("-j8", "fusion_report").stdout
        assert re.search(rf"twostream: \S*{shard.name}: {re.escape(video)} is missing or damaged", stdout)
        ran = project.ran()
        assert (ran["compute_flow"], ran["write_stacks"], ran["train_stream"]) == (1, 1, 1)
        log = project.folder / "logs" / "compute_flow" / f"{shard.stem}.log"
        assert "5 videos, 77 frames, 4 of them stored before" in log.read_text()

    @pytest.mark.parametrize(
        ("damaged", "above"),
        [("dump_logits/*/logits.h5", ["fuse/*/fusion.json"]), ("train_stream/*/model.pt", ["dump_logits/*/logits.h5"])],
    )
    def test_a_damaged_artefact_is_reported_and_made_again(self, project, damaged, above):
        for path in project.files(damaged):
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        for path in (path for pattern in ["fuse/*/fusion.json", *above] for path in project.files(pattern)):
            path.unlink(missing_ok=True)
        project.settings["report"] = {"title": damaged}
        stdout = project.snakemake("-j8", "-k", "fusion_report").stdout
        assert "the file is damaged: run the same command again" in stdout
        for _ in project.settings["streams"]:
            stdout = project.snakemake("-j8", "-k", "fusion_report").stdout
        assert "damaged" not in stdout
        assert project.jobs() == {}
