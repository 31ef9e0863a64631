"""Every setting runs exactly what docs/caching.md says: the table there is what is tried here."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.project import ROOT, Finished, Project, make_lists, make_videos
from twostream.cache.stages import STAGES
from twostream.config import schema

BEFORE_INDEX = {"render_demo", "index", "fusion_report"}
REALLY_RUN = [
    "compute.video_threads",
    "report.title",
    "fusion.step",
    "test.samples",
    "streams.*.lr",
    "flow.bound",
    "frames.quality",
    "index.seed",
    "index.max_bad",
    "index.group_pattern",
    "dataset.split",
    "dataset.splits",
    "dataset.folder",
]


@dataclass(frozen=True)
class Row:
    """One row of the table: a setting, dotted, another value for it, and the jobs that it leads to."""

    setting: str
    value: Any
    jobs: dict[str, int]


def table() -> list[Row]:
    text = (ROOT / "docs" / "caching.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.*\d]+\.[a-z_.*\d]+)` \| `(.+)` \| (.+) \|$", text, re.MULTILINE)
    return [Row(setting, yaml.safe_load(value), _jobs(jobs)) for setting, value, jobs in rows]


def _jobs(stdout: str) -> dict[str, int]:
    counted = re.findall(r"(?:(\d+) )?(\w+)", stdout) if stdout != "nothing" else []
    return {rule: int(count or 1) for count, rule in counted}


ROWS = {row.setting: row for row in table()}


def changed(settings: dict[str, Any], row: Row) -> dict[str, Any]:
    """A copy of `settings` with what `row` changes; streams.* is the temporal one, which has no colours."""
    copy = yaml.safe_load(yaml.safe_dump(settings))
    stream = "spatial" if "colour" in row.setting else "temporal"
    *path, last = row.setting.replace("*", stream).split(".")
    section = copy
    for name in path:
        section = section.setdefault(name, {})
    section[last] = row.value
    return copy


@pytest.fixture(scope="module")
def finished_own(tmp_path_factory) -> Finished:
    """A project with two folders of videos, two of lists, and two splits in one of these."""
    project = Project(tmp_path_factory.mktemp("own"))
    folder = project.folder
    videos = make_videos(folder / "videos", 14)
    make_videos(folder / "others", 15)
    for lists, group in (("second", "g03"), ("lists", "g01"), ("lists2", "g02")):
        make_lists(folder / lists, videos, group)
    for side in ("train", "test"):
        (folder / "second" / f"{side}list01.txt").rename(folder / "lists" / f"{side}list02.txt")
    rows = [f"{path.relative_to(videos)},{path.parent.name}" for path in sorted(videos.glob("*/*"))]
    (folder / "list.csv").write_text("\n".join(["path,label", *rows]))
    (folder / "same").symlink_to("results")
    project.settings["dataset"] = {"folder": "videos", "splits": "lists"}
    project.run()
    return Finished(project)


@pytest.fixture(scope="module")
def finished_demo(tmp_path_factory) -> Finished:
    project = Project(tmp_path_factory.mktemp("demo"))
    project.run()
    return Finished(project)


@pytest.fixture
def own(finished_own) -> Project:
    return finished_own.restore()


@pytest.fixture
def demo(finished_demo) -> Project:
    return finished_demo.restore()


def test_the_table_has_every_setting_and_no_other():
    assert sorted(ROWS) == sorted(schema.leaves(schema.read()))


@pytest.mark.parametrize("setting", [name for name in ROWS if not name.startswith("demo.")])
def test_a_dry_run_says_what_the_table_says(own, setting):
    own.settings = changed(own.settings, ROWS[setting])
    jobs = ROWS[setting].jobs
    assert own.jobs() == ({rule: jobs[rule] for rule in jobs if rule in BEFORE_INDEX} if "index" in jobs else jobs)


@pytest.mark.parametrize("setting", [name for name in ROWS if name.startswith("demo.")])
def test_a_dry_run_of_another_demo(demo, setting):
    demo.settings = changed(demo.settings, ROWS[setting])
    assert demo.jobs() == dict.fromkeys(BEFORE_INDEX, 1)


def test_a_dry_run_changes_nothing(own):
    def state() -> dict[Path, int]:
        files = [path for path in own.files("**/*") if path.name != ".wanted.json"]
        return {path: path.stat().st_mtime_ns for path in files if path.is_file()}

    before = state()
    own.settings = changed(own.settings, ROWS["flow.bound"])
    own.jobs()
    assert state() == before


@pytest.mark.parametrize("setting", REALLY_RUN)
def test_a_run_does_what_the_table_says_and_going_back_only_the_report(own, setting):
    before = own.settings
    own.settings = changed(before, ROWS[setting])
    assert own.ran() == ROWS[setting].jobs
    assert own.jobs() == {}
    own.settings = before
    assert own.ran() == ({"fusion_report": 1} if ROWS[setting].jobs else {})
    assert own.jobs() == {}


def test_another_demo_runs_what_the_table_says(demo):
    demo.settings = changed(demo.settings, ROWS["demo.seed"])
    assert demo.ran() == ROWS["demo.seed"].jobs


def test_snakemake_forgets_and_nothing_is_lost(own):
    shutil.rmtree(own.folder / ".snakemake")
    assert own.jobs() == {}


class TestCode:
    """A copy of the workflow whose code is changed, over what the present code has made."""

    @pytest.fixture
    def edited(self, finished_own, tmp_path) -> Project:
        for name in ("Snakefile", "config.yaml"):
            shutil.copy(ROOT / name, tmp_path)
        for name in ("rules", "workflow", "profiles", "envs"):
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        return finished_own.restore(tmp_path)

    @pytest.mark.parametrize(
        ("stage", "jobs"),
        [
            ("fusion_report", "fusion_report"),
            ("fuse", "fuse, fusion_report"),
            ("dump_logits", "2 dump_logits, fuse, fusion_report"),
            ("train_stream", "2 train_stream, 2 dump_logits, fuse, fusion_report"),
            ("write_stacks", "2 write_stacks, 2 train_stream, 2 dump_logits, fuse, fusion_report"),
            ("compute_flow", "2 compute_flow, write_stacks, train_stream, dump_logits, fuse, fusion_report"),
            ("extract_frames", "2 extract_frames, write_stacks, train_stream, dump_logits, fuse, fusion_report"),
            ("index", "index, fusion_report"),
        ],
    )
    def test_a_new_version_runs_its_stage_and_what_follows(self, edited, stage, jobs):
        file = edited.root / "workflow" / "twostream" / "cache" / "stages.py"
        text = file.read_text()
        version = STAGES[stage].version
        raised = text.replace(f'name="{stage}", version={version}', f'name="{stage}", version={version + 1}')
        assert raised != text
        file.write_text(raised)
        assert edited.jobs() == _jobs(jobs)

    def test_comments_run_nothing(self, edited):
        files = list((edited.root / "workflow" / "twostream").rglob("*.py"))
        assert len(files) > 20
        for file in files:
            file.write_text("# A remark.\n" + file.read_text() + "\n# Another.\n")
        assert edited.jobs() == {}
