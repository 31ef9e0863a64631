"""Videos without labels in a project: by the rule and the commands of the page, and as its own logits say."""

import csv
import json
import re
import shlex
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from support.project import ROOT, Project
from twostream import cli
from twostream.errors import InputError
from twostream.logits import logits_file
from twostream.predict import model

PAGE = (ROOT / "docs/predict.md").read_text(encoding="utf-8")
MODEL = "actions.twostream"
COMMANDS = re.findall(r"^    ((?:twostream|snakemake) .+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A project whose test videos lie in the folder `new` too, with a file that is none."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.run()
    (new := project.folder / "new").mkdir()
    for logits in map(logits_file.read, project.files("dump_logits/*/logits.h5")[:1]):
        for name in logits.video_id[:3]:
            (video,) = project.files(f"render_demo/*/videos/{name}")
            shutil.copy(video, new / Path(name).name)
    shutil.copy(video, new / "first.avi")
    (new / "broken.avi").write_bytes(b"no video" * 99)
    return project


@pytest.fixture(scope="module")
def predicted(project) -> Project:
    """The project after its videos were answered by the rule."""
    done = project.snakemake("-j8", "predictions", "--config", "predict={folder: new, shards: 2}")
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"warning: broken\.avi: not a video", done.stdout)
    return project


def percents(project: Project) -> dict[str, dict]:
    report = json.loads((project.folder / "results/predictions.json").read_text())
    return {video["video"]: video for video in report["videos"]}


def test_what_is_said_of_a_test_video_is_what_its_logits_and_the_fusion_say(predicted):
    (file,) = predicted.files("export_model/*/model.zip")
    fusion = model.load(file).fusion
    by_modality = {each.modality: each for each in map(logits_file.read, predicted.files("dump_logits/*/logits.h5"))}
    samples = [by_modality["rgb"].logits, by_modality["flow"].logits]
    expected, alone = fusion.probabilities(samples), fusion.stream_probabilities(samples)
    answers = percents(predicted)
    rows = [
        (row, Path(name).name) for row, name in enumerate(by_modality["rgb"].video_id) if Path(name).name in answers
    ]
    assert len(rows) == 3
    for row, name in rows:
        assert answers[name]["percent"] == pytest.approx(100 * expected[row], abs=1e-3)
        for stream, values in zip(fusion.streams, alone[:, row], strict=True):
            assert answers[name]["streams"][stream]["percent"] == pytest.approx(100 * values, abs=1e-3)


def test_answers_are_made_once_and_a_new_video_runs_one_shard(predicted):
    predicted.settings["predict"] = {"folder": "new", "shards": 2}
    assert predicted.jobs("predictions") == {"predictions": 1}
    assert predicted.jobs() == {}
    shutil.copy(predicted.folder / "new/first.avi", predicted.folder / "new/second.avi")
    assert predicted.jobs("predictions") == {"predict_videos": 1, "predictions": 1}
    (predicted.folder / "new/second.avi").unlink()


def test_the_rows_are_all_videos_in_the_order_of_their_names(predicted):
    with (predicted.folder / "results/predictions.csv").open() as file:
        names = [row["video"] for row in csv.DictReader(file)]
    assert names == sorted(path.name for path in (predicted.folder / "new").iterdir())


def test_the_page_has_commands():
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("twostream")])
def test_every_command_of_the_page_runs(predicted, command, monkeypatch, capsys):
    """In this process: to start another one for each would take minutes."""
    monkeypatch.chdir(predicted.folder)
    if "--model" in command and not Path(MODEL).exists():  # What the page's command before has written.
        cli.call(["export", MODEL])
        capsys.readouterr()
    is_broken = re.search(r"predict new\b(?!/)", command) is not None
    with pytest.raises(InputError, match="1 video of 5 could not be answered") if is_broken else nullcontext():
        cli.call(shlex.split(command)[1:])
    assert ("warning: new/broken.avi: not a video" in capsys.readouterr().err) == is_broken


def test_the_rule_of_the_page_is_planned(predicted):
    (command,) = (command for command in COMMANDS if command.startswith("snakemake"))
    done = predicted.snakemake("-n", *shlex.split(command)[1:])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("folder", "problem"), [("nowhere", "is not a folder"), ("empty", "without a video in it")])
def test_a_folder_without_videos_is_one_line(predicted, folder, problem):
    (predicted.folder / "empty").mkdir(exist_ok=True)
    done = predicted.snakemake("-n", "predictions", "--config", f"predict={{folder: {folder}}}")
    assert done.returncode and "Traceback" not in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("twostream: "))
    assert problem in line
