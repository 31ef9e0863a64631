"""`twostream plan`: what it says of a data set that is there or not, its options, and what it refuses."""

import json
import shlex
import tempfile
from pathlib import Path

import pytest

from support import page
from support.project import ROOT
from twostream import cli, survey
from twostream.bench import dag
from twostream.cache import measurement
from twostream.cache.rates import Rate
from twostream.commands import plan as command
from twostream.errors import InputError
from twostream.files import atomic
from twostream.forecast.jobs import Measurement

STREAM = {"architecture": "resnet18", "pretrained": "none", "size": 32, "epochs": 1, "batch": 2}
STREAMS = {"spatial": STREAM | {"modality": "rgb"}, "temporal": STREAM | {"modality": "flow", "stack": 2}}
SMALL = {"streams": STREAMS, "frames": {"short_side": 32}, "flow": {"short_side": 32, "backend": "farneback"}}
SMALL |= {"test": {"samples": 2}, "validation": {"by": "none"}}
INVENTED = Measurement(rate=Rate(seconds=1e-7, bytes=1.0, start=2.0), memory=1e9)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def invented(monkeypatch):
    """Measure nothing: a tenth of a microsecond for each unit of work."""
    monkeypatch.setattr(survey.decoder, "find", lambda *_: survey.decoder.UNKNOWN)
    monkeypatch.setattr(survey.rounding, "find", lambda *_: "")

    class Trials:
        def __init__(self, *_):
            pass

        def run(self, tasks):
            return {task.name: INVENTED for task in tasks}

    monkeypatch.setattr(command, "Trials", Trials)


def plan(*options, **settings) -> None:
    atomic.write_json(Path("my.yaml"), SMALL | settings)
    cli.call(["plan", "--configfile", "my.yaml", *options])


def test_a_data_set_that_is_not_there_is_known_by_its_folder(folder, invented, capsys):
    plan("--nodes", "8", "--cores", "64", "--json", "plan.json", dataset={"folder": "data/UCF-101"})
    printed = capsys.readouterr().out
    assert "ucf101, which is not here: 9,537 videos to train, 3,783 to test, 2,483,295 frames" in printed
    assert "on 8 nodes of 64 cores each:" in printed
    stored = json.loads(Path("plan.json").read_text())
    frames = next(row for row in stored["stages"] if row["name"] == "index")
    assert frames["core_hours"] * 3600 == pytest.approx(2 * 3 + 1e-7 * 2_483_295 * 320 * 240)
    assert stored["together"]["seconds"] > 0
    assert sorted(path.name for path in folder.iterdir()) == ["my.yaml", "plan.json"], "nothing else is written"


def test_another_data_set_is_reckoned_for_where_it_is_asked_for(folder, invented, capsys):
    for data in ("ucf101", "hmdb51"):  # The second plan replaces the first.
        plan("--dataset", data, "--features", "--json", "plan.json", dataset={"folder": "data"})
    printed = capsys.readouterr().out
    assert "3,570 videos to train" in printed
    assert "features temporal" in printed


def test_the_demo_is_rendered_first(folder, invented, capsys):
    plan(demo={"train_groups": 1, "test_groups": 1, "clips_per_group": 1, "frames": 12})
    printed = capsys.readouterr().out
    assert "the demo: 9 videos to train, 9 to test" in printed
    assert "demo               1" in printed


def test_a_folder_is_measured_on_its_own_videos_in_seconds(folder, tree, capsys):
    tree()
    plan("--seconds", "1", "--json", "plan.json", dataset={"folder": "videos"})
    stored = json.loads(Path("plan.json").read_text())
    rows = {row["name"]: row for row in stored["stages"]}
    streams = ("train spatial", "train temporal", "score spatial", "score temporal")
    assert list(rows) == ["index", "frames", "flow", "stacks", *streams, "fusion", "report"]
    assert stored["together"]["is_whole"]
    assert all(row["core_hours"] > 0 for row in rows.values())
    assert all(rows[name]["memory"] > 1e8 for name in ("flow", *streams))
    assert rows["train spatial"]["bytes"] > 4e7, "a ResNet-18"
    assert sorted(path.name for path in folder.iterdir()) == ["my.yaml", "plan.json", "videos"]


def test_what_cannot_be_measured_is_said_and_the_rest_is_in_the_table(folder, tree, monkeypatch, capsys):
    tree()
    monkeypatch.setattr(measurement, "run", lambda *_: None)
    plan("--json", "plan.json", dataset={"folder": "videos"})
    assert "not measured" in capsys.readouterr().out
    assert json.loads(Path("plan.json").read_text())["together"]["is_whole"] is False


def test_videos_of_the_lists_that_are_not_there_are_counted(folder, tree, invented, capsys):
    videos, classes = tree(), ["Jump", "Run"]
    ids = sorted(path.relative_to(videos).as_posix() for path in videos.rglob("*.avi"))
    dag.write_lists(Path("lists"), classes, ids)
    (videos / ids[-1]).unlink()
    plan(dataset={"folder": "videos", "splits": "lists"})
    assert "1 on the lists, and not in the folder (Run/" in capsys.readouterr().out


@pytest.mark.parametrize(
    "commands", [page.commands("clusters.md", "plan-own"), page.commands("clusters.md", "plan-cluster")], ids=len
)
def test_the_commands_of_the_page_run(commands, folder, tree, invented, capsys):
    tree()
    Path("presets").symlink_to(ROOT / "presets")
    atomic.write_json(Path("my.yaml"), SMALL | {"dataset": {"folder": "videos"}})
    for line in commands:
        cli.call(shlex.split(line)[1:])
    printed = capsys.readouterr().out
    assert printed.count("  together ") == len(commands)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cores", "0"], "--cores: is 0: give 1 or more"),
        (["--nodes", "-1"], "--nodes: is -1: give 1 or more"),
        (["--gpus", "-2"], "--gpus: is -2: give 0 or more"),
        (["--seconds", "0"], "--seconds: is 0: give 1 or more"),
        (["--json", "no/such/plan.json"], "no/such/plan.json: is a folder or a device, or lies in no folder: "),
        (["--json", "/dev/null"], "/dev/null: is a folder or a device"),
        (["--json", "/proc/plan.json"], "--json /proc: /proc cannot be written to"),
        (["--configfile", "presets/no.yaml"], "presets/no.yaml: "),
        ([], "dataset.folder: there is no folder data: give --dataset, one of ucf101, hmdb51, kinetics400"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_line(folder, invented, options, words):
    with pytest.raises(InputError) as error:
        plan(*options, dataset={"folder": "data"})
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


def test_control_c_says_that_nothing_is_kept(folder, invented, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.Trials, "run", interrupt)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pytest.raises(KeyboardInterrupt, match="the same command begins anew"):
        plan("--dataset", "ucf101", "--json", "plan.json")
    assert [path.name for path in folder.iterdir()] == ["my.yaml"], "nothing is left behind"


def test_a_disk_without_room_for_temporary_files_is_refused(folder, invented, monkeypatch):
    def refuse(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(InputError, match=r"no folder can be made there \(No space left on device\): free some space"):
        plan()


def test_a_disk_that_is_too_small_for_the_run_is_said(folder, invented, monkeypatch, capsys):
    monkeypatch.setattr(command.preflight, "free", lambda _: 1000)
    plan("--dataset", "ucf101")
    assert "has 1 kB free here, and this run writes" in capsys.readouterr().out
