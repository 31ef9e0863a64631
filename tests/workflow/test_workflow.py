"""The workflow as a user runs it: real Snakemake, real videos, small networks."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from support import page, slurm
from support.outer import Outer
from support.project import ROOT, Project, numbers, wait_for
from support.slurm import NoSlurmError, Slurm
from support.videos import encode, moving_dots
from twostream import preflight
from twostream.cache import usage
from twostream.flow import backends
from twostream.logits import features_file, logits_file

QUICK = (
    *("--config", "compute={device: cpu, video_threads: 1}", "--max-threads", "2", "--latency-wait", "10"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"),
)
"""What suits small jobs, on nodes without GPUs and a Slurm without accounting."""


@pytest.fixture(scope="module")
def first_run(tmp_path_factory) -> tuple[Project, str]:
    """Return the project of the demo, which was run once, and what that run printed."""
    project = Project(tmp_path_factory.mktemp("demo") / "a folder with spaces")
    done = project.snakemake("-j8", "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    return project, done.stdout


@pytest.fixture(scope="module")
def demo(first_run) -> Project:
    return first_run[0]


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Slurm]:
    with ExitStack() as stack:
        try:
            up = stack.enter_context(slurm.cluster())
        except NoSlurmError as error:
            pytest.skip(f"no Slurm here: {error}")
        yield up


@pytest.fixture(scope="module")
def slurm_run(cluster, tmp_path_factory) -> tuple[Project, str, str]:
    """Return a project that ran on Slurm and lost a node at work, what was printed, and the number of the lost job."""
    project = Project(tmp_path_factory.mktemp("slurm") / "project")
    (words,) = (command.split() for command in page.commands("clusters.md", "slurm"))
    lost: dict[str, str] = {}

    def is_at_work() -> bool:
        jobs = cluster.running()
        if list((project.folder / "logs/compute_flow").glob("0*.log")) and jobs:
            lost.update(jobs)
        return bool(lost)

    with project.running(*words[1:], *QUICK) as run:
        wait_for(run, is_at_work)
        number, node = max(lost.items(), key=lambda job: int(job[0]))
        cluster.lose_node(node)
        cluster.start_node(node)
        printed = run.communicate(timeout=600)[0]
    assert run.returncode == 0, printed[-3000:]
    return project, printed, number


def test_a_dry_run_before_the_index_says_that_more_follows(project):
    last = project.snakemake("-n", "fusion_report").stdout.splitlines()[-1]
    assert last.startswith("twostream: the index is not made yet: frames, flow, stacks,")


def test_the_demo_does_not_replace_another_result_because_no_configuration_is_named(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "config.json").write_text('{"dataset": {"folder": "mine"}}')
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "-j1", "index"]
    done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the demo's result would replace that of mine: give --configfile" in done.stderr.splitlines()[-1]
    assert (tmp_path / "results" / "config.json").read_text() == '{"dataset": {"folder": "mine"}}'


def test_a_dotted_name_on_the_command_line_is_answered_in_one_line(project):
    answer = "--config flow.bound=10: Snakemake takes no dotted name: give --config 'flow={bound: 10}'"
    assert project.snakemake("-n", "--config", "flow.bound=10").stdout.splitlines() == [f"twostream: {answer}"]


class TestDemo:
    def test_the_report_has_three_figures(self, demo):
        report = json.loads((demo.folder / "results" / "fusion_report.json").read_text())
        assert [row["stream"] for row in report["streams"]] == ["spatial", "temporal"]
        assert all(0 <= row["top1"] <= 100 for row in report["streams"] + report["fusion"])
        page = (demo.folder / "results" / "fusion_report.html").read_text()
        assert page.startswith("<!doctype html>")
        assert [kept.read_text() for kept in demo.files("fusion_report/*/report.html")] == [page]

    def test_right_after_a_run_nothing_is_to_be_done(self, demo):
        done = demo.snakemake("-n", "fusion_report").stdout
        assert "Nothing to be done" in done
        assert preflight.HEADING not in done

    def test_a_run_says_once_what_will_run_and_then_what_is_left(self, first_run):
        _, printed = first_run
        assert printed.count(preflight.HEADING) == 1
        before, after = printed.split(preflight.HEADING)
        assert "(Rule: index)" in before
        assert "compute_flow" not in before
        assert "\n  flow " in after
        assert re.search(r"^twostream: flow: 2 of 2 jobs done; about .+ left of the whole$", after, re.MULTILINE)

    def test_lines_of_jobs_side_by_side_say_whose_they_are(self, first_run):
        _, printed = first_run
        assert "\r" not in printed
        lines = re.findall(r"^(\w+(?: \w+)?) \| .*", printed, re.MULTILINE)
        shards = [f"{stage} {number}" for stage in ("compute_flow", "extract_frames") for number in ("0000", "0001")]
        streams = [f"{stage} {name}" for stage in ("train_stream", "dump_logits") for name in ("spatial", "temporal")]
        assert {*shards, *streams, "index", "fuse", "fusion_report"} <= set(lines)

    def test_a_run_ends_with_the_result_and_the_place_of_the_page(self, demo):
        *_, fused, work, page = demo.snakemake("-j8", "fusion_report").stdout.splitlines()
        assert fused.startswith("twostream: fused ")
        assert work.startswith("twostream: 0 s of work were done, and ")
        assert page == f"twostream: the report: {(demo.folder / 'results' / 'fusion_report.html').resolve().as_uri()}"

    def test_every_stage_is_in_the_provenance(self, demo):
        report = json.loads((demo.folder / "results" / "fusion_report.json").read_text())
        stages = [stage["stage"] for stage in report["stages"]]
        assert stages == [
            *("render_demo", "index", "extract_frames", "compute_flow", "write_stacks", "write_stacks"),
            *("train_stream", "train_stream", "dump_logits", "dump_logits", "fuse"),
        ]
        assert all({"processor", "gpu"} & set(stage["versions"]) for stage in report["stages"][6:10])

    def test_snakemake_has_a_report_of_its_own(self, demo):
        process = demo.snakemake("--report", "report.zip", "fusion_report")
        assert process.returncode == 0, process.stdout
        with ZipFile(demo.folder / "report.zip") as packed:
            names = Counter(Path(name).name for name in packed.namelist())
            told = packed.read("report/report.html").decode()
        published = {
            "fusion_report.html": 1,
            "fusion_report.json": 1,
            "fusion.json": 1,
            "index.json": 1,
            "history.csv": 2,
        }
        assert names == published | {"report.html": 1}
        for words in ('"stream": "spatial"', '"stream": "temporal"', "Training", "Videos", "one row for each stream"):
            assert words in told

    def test_features_are_made_where_they_are_asked_for_and_once(self, demo):
        assert demo.jobs("features") == {"dump_features": 2, "features": 1}
        done = demo.snakemake("-j8", "features")
        assert done.returncode == 0, done.stdout
        assert "features | features of temporal: results/features/temporal.h5 and" in done.stdout
        (logits,) = (
            file for file in map(logits_file.read, demo.files("dump_logits/*/logits.h5")) if file.modality == "rgb"
        )
        features = features_file.read(demo.folder / "results" / "features" / "spatial.h5")
        is_test = np.array(features.split) != "train"
        assert np.allclose(features.logits[is_test], logits.logits, atol=1e-4)
        assert demo.jobs("features") == {"features": 1}
        assert demo.jobs() == {}

    def test_as_a_module_of_another_workflow_it_has_the_same_numbers(self, demo, tmp_path):
        text = page.block("clusters.md", "module").replace("/path/to/twostream", str(ROOT))
        outer = Outer(tmp_path / "outer", text.replace("wc -c < {input}", "printenv PYTHONPATH"))
        assert "No module named 'twostream'" in outer.call("-c", "import twostream").stdout
        done = outer.snakemake("-j8", "-p")
        assert re.search(r"steps\.fuse .* --threads 1 ", done)
        assert done.count(preflight.HEADING) == 1
        assert done.splitlines()[-1].endswith((outer.folder / "ts/results/fusion_report.html").resolve().as_uri())
        ours, theirs = (
            json.loads((folder / "results/fusion_report.json").read_text())
            for folder in (outer.folder / "ts", demo.folder)
        )
        assert (ours["streams"], ours["fusion"]) == (theirs["streams"], theirs["fusion"])
        # What is the other workflow's own stays as it is, and no profile of ours is needed.
        assert (outer.folder / "summary.txt").read_text().strip() == str(outer.folder / "site")
        assert not (outer.folder / "results").exists()
        assert "Nothing to be done" in outer.snakemake("-n")

    def test_nothing_is_left_half_made(self, demo):
        names = [path.name for path in (demo.folder / "results").rglob("*")]
        assert not [name for name in names if name.endswith(".part") or name == "state.pt"]


class TestOwnVideos:
    def test_a_folder_without_lists_bad_videos_and_odd_names(self, project, tmp_path):
        folder = tmp_path / "my videos"
        kinds = [("avi", "XVID", 25, 64, 48), ("mp4", "mp4v", 12, 80, 60), ("mkv", "MJPG", 30, 48, 64)]
        for label, name in enumerate(["Jump & <b>run", 'it\'s "fine"']):
            for kind, codec, fps, width, height in kinds:
                for clip in (1, 2):
                    frames = moving_dots(6 + 8 * clip, width, height, 1.0 + label)
                    encode(folder / name / f"a {kind} $({clip}).{kind}", frames, codec, fps)
        (folder / 'it\'s "fine"' / "empty.avi").touch()
        (folder / 'it\'s "fine"' / "text.webm").write_text("no video")
        project.settings["dataset"] = {"folder": str(folder)}
        project.settings["index"]["max_bad"] = 0.2
        report = project.run()
        assert report["videos"]["train"] + report["videos"]["test"] == 12
        assert {bad["id"].split("/")[1] for bad in report["videos"]["bad"]} == {"empty.avi", "text.webm"}
        html = (project.folder / "results" / "fusion_report.html").read_text()
        assert "the file is empty" in html
        assert "<b>run" not in html
        assert project.jobs() == {}
        (folder / 'it\'s "fine"' / "a avi $(1).avi").touch()
        assert project.jobs() == {}
        (folder / 'it\'s "fine"' / "empty.avi").unlink()
        assert "Nothing to be done" not in project.snakemake("-n").stdout  # Without a target: all.

    def test_too_many_bad_videos_end_in_one_line(self, project, tree):
        folder = tree()
        (folder / "Jump" / "empty.avi").touch()
        project.settings["dataset"] = {"folder": str(folder)}
        process = project.snakemake("-j2", "fusion_report")
        assert process.returncode != 0
        assert "twostream: index.max_bad: 1 of 13 videos is bad" in process.stdout
        assert "Traceback" not in process.stdout

    def test_real_clips_of_all_kinds(self, project, clips, tmp_path):
        """Real videos of several containers, sizes and rates, with split lists beside them."""
        folder = tmp_path / "clips" / "videos"
        chosen = {
            "Sport": ["arm_wrestling.mp4", "v_GGSY1Qvo990.mp4", "ucf3/Diving/v_Diving_g01_c01.avi"],
            "Rest": ["test.avi", "test.mp4", "v_ZNVhz7ctTq0.mp4", "ucf3/BenchPress/v_BenchPress_g01_c02.avi"],
        }
        for name, files in chosen.items():
            (folder / name).mkdir(parents=True)
            for file in files:
                shutil.copy(clips / file, folder / name)
        lists = tmp_path / "clips" / "splits"
        lists.mkdir()
        listed = {name: [f"{name}/{Path(file).name}" for file in files] for name, files in chosen.items()}
        train = [f"{video} {label}" for label, videos in enumerate(listed.values(), 1) for video in videos[1:]]
        test = [videos[0] for videos in listed.values()]
        for name, lines in (("classInd", ["1 Sport", "2 Rest"]), ("trainlist01", train), ("testlist01", test)):
            (lists / f"{name}.txt").write_text("\n".join(lines))
        project.settings["dataset"] = {"folder": str(folder)}
        report = project.run()
        assert (report["videos"]["train"], report["videos"]["test"], report["videos"]["bad"]) == (5, 2, [])
        assert report["class_names"] == ["Sport", "Rest"]
        assert project.jobs() == {}


@pytest.mark.skipif(bool(backends.gpu()), reason="there is a GPU, so that cuda is not refused")
def test_a_run_that_is_refused_leaves_in_use_what_the_last_one_made(demo):
    def in_use():
        return usage.read_notes(demo.folder / "results").of(demo.folder).artefacts

    before = in_use()
    assert any(path.name == "model.pt" for path in before)
    assert all(path.is_file() for path in before if path.name == "model.pt")
    changes = ("compute={device: cuda}", "streams={temporal: {seed: 7}}")
    done = demo.snakemake("-j8", "fusion_report", "--config", *changes)
    assert "twostream: compute.device: is cuda" in done.stdout
    assert in_use() == before


class TestSlurm:
    def test_the_result_is_that_of_one_machine_though_a_node_was_lost(self, slurm_run, cluster, demo):
        project, _, number = slurm_run
        report = json.loads((project.folder / "results/fusion_report.json").read_text())
        assert numbers(report) == numbers(json.loads((demo.folder / "results/fusion_report.json").read_text()))
        assert "Restarts=1" in cluster.run("scontrol", "show", "job", number)

    def test_small_shards_are_one_job_which_has_the_time_of_all_and_the_cores_of_one(self, slurm_run, cluster):
        jobs = cluster.run("squeue", "--noheader", "--states=all", "--format=%k %C %l").splitlines()
        assert len(jobs) == 8
        assert {"rule_flow_compute_flow 1 8:00:00", "rule_frames_extract_frames 1 8:00:00"} < set(jobs)

    def test_the_run_says_what_a_local_one_does_and_each_job_has_its_log(self, slurm_run):
        project, printed, _ = slurm_run
        assert printed.count("twostream: this is what will run") == 1
        assert " failed; its log: " not in printed
        assert printed.splitlines()[-1].startswith("twostream: the report: file://")
        logs = {path.parent.name for path in (project.folder / "logs").glob("*/*.log")}
        assert logs >= {"compute_flow", "extract_frames", "train_stream", "dump_logits"}
        assert not list((project.folder / "logs/slurm").rglob("*.log"))
