"""Videos without labels in a project: by the rule and the commands of the page, and as its own logits say."""

import csv
import json
import re
import shlex
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from support.project import ROOT, Project
from support.videos import encode, moving_dots
from twostream import cli
from twostream.errors import InputError
from twostream.logits import logits_file
from twostream.predict import long_videos, model
from twostream.predict.videos import Options
from twostream.predict.windows import windowing

PREDICT = {"folder": "new {1}", "shards": 2}
"""The folder that the rule answers, whose name Snakemake might take for a pattern: a link to `new`."""
PAGE = (ROOT / "docs/predict.md").read_text(encoding="utf-8")
MODEL = "actions.twostream"
FILES = [
    ("Jump/a.avi", "train", (28, 28)),
    ("Run/b.avi", "train", (28, 28)),
    ("Jump/c.avi", "test", (28, 28)),
    ("Jump/d.avi", "test", (61,)),
    ("Run/e.avi", "test", (33,)),
    ("Run/f.avi", "test", (47,)),
]
"""Path, subset, and the frames of each video in the file."""
WHOLE = [name for name, subset, lengths in FILES if subset == "test" and len(lengths) == 1]
COMMANDS = re.findall(r"^    ((?:twostream|snakemake) .+)$", PAGE, re.MULTILINE)


def make_videos(folder: Path) -> dict[str, str]:
    """Write files of which some hold two videos, and the table of them; return the section `dataset`.

    Intervals begin on frames that 12.5 frames a second have too, and every second of these.
    """
    lines = ["path,label,split,group,start_frame,end_frame"]
    for name, subset, lengths in FILES:
        step = 1.0 if name.startswith("Jump") else 2.5
        encode(folder / name, moving_dots(sum(lengths), step=step))
        ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
        bounds = [f"{end - length},{end}" for end, length in zip(ends, lengths, strict=True)] if ends[1:] else [","]
        lines += [f"{name},{name.split('/')[0]},{subset},{name},{bound}" for bound in bounds]
    (folder / "videos.csv").write_text("\n".join(lines) + "\n")
    return {"folder": str(folder), "annotations": str(folder / "videos.csv")}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A project whose whole test videos lie in the folder `new` too, with a file that is none."""
    project = Project(tmp_path_factory.mktemp("project"))
    del project.settings["demo"]
    project.settings["dataset"] = make_videos(project.folder / "own")
    project.settings["frames"]["fps"] = 12.5
    project.settings["flow"]["step"] = 2
    project.run()
    (new := project.folder / "new").mkdir()
    for name in WHOLE:
        shutil.copy(project.folder / "own" / name, new / Path(name).name)
    shutil.copy(project.folder / "own" / name, new / "first.avi")
    (new / "broken.avi").write_bytes(b"no video" * 99)
    (project.folder / PREDICT["folder"]).symlink_to(new)
    return project


@pytest.fixture(scope="module")
def predicted(project) -> Project:
    """The project after its videos were answered by the rule."""
    done = project.snakemake("-j8", "predictions", "--config", f"predict={json.dumps(PREDICT)}")
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"warning: broken\.avi: not a video", done.stdout)
    assert "answers for 4 of 5 videos; 1 could not be answered, as said above: results/predictions.csv" in done.stdout
    return project


@pytest.mark.parametrize("named", [[], ["--configfile", "own.yaml"]])
def test_answers_that_the_last_run_or_a_configuration_uses_are_not_pruned(predicted, named, monkeypatch, capsys):
    monkeypatch.chdir(predicted.folder)
    settings = predicted.settings | {"predict": PREDICT}
    Path("own.yaml").write_text(yaml.safe_dump(settings))
    cli.call(["prune", *named])
    assert "predict_videos" not in capsys.readouterr().out
    cli.call(["prune", "--configfile", "settings.yaml"])
    assert ("predict_videos" in capsys.readouterr().out) == ("predict" not in predicted.settings)


def test_answers_of_a_folder_that_is_gone_are_not_pruned(predicted, monkeypatch, capsys):
    monkeypatch.chdir(predicted.folder)
    Path("gone.yaml").write_text(yaml.safe_dump(predicted.settings | {"predict": PREDICT | {"folder": "gone"}}))
    for command in ("ls", "prune"):
        cli.call([command, "--configfile", "gone.yaml"])
        printed = capsys.readouterr()
        assert "warning: predict.folder: gone is not a folder: all answers of its model count as used" in printed.err
        assert ("predict_videos" in printed.out) == (command == "ls")


def percents(project: Project) -> dict[str, dict]:
    report = json.loads((project.folder / "results/predictions.json").read_text())
    return {video["video"]: video for video in report["videos"]}


@pytest.fixture(scope="module")
def said(predicted) -> dict[str, tuple[NDArray, NDArray]]:
    """What the project's logits and fusion say of each test video, in percent: fused, and each stream's own."""
    (file,) = predicted.files("export_model/*/model.zip")
    fusion = model.load(file).fusion
    by_modality = {each.modality: each for each in map(logits_file.read, predicted.files("dump_logits/*/logits.h5"))}
    samples = [by_modality["rgb"].logits, by_modality["flow"].logits]
    fused, alone = fusion.probabilities(samples), fusion.stream_probabilities(samples)
    return {name: (100 * fused[row], 100 * alone[:, row]) for row, name in enumerate(by_modality["rgb"].video_id)}


def test_what_is_said_of_a_test_video_is_what_its_logits_and_the_fusion_say(predicted, said):
    answers = percents(predicted)
    assert len(WHOLE) == 3
    for name in WHOLE:
        fused, alone = said[name]
        answer = answers[Path(name).name]
        assert answer["percent"] == pytest.approx(fused, abs=1e-3)
        for values, of_stream in zip(alone, answer["streams"].values(), strict=True):
            assert of_stream["percent"] == pytest.approx(values, abs=1e-3)


def test_what_is_said_of_a_window_is_what_is_said_of_a_test_video_that_is_that_interval(predicted, said):
    """At 12.5 frames a second each of the two has 14."""
    (file,) = predicted.files("export_model/*/model.zip")
    path = predicted.folder / "own/Jump/c.avi"
    (answer,) = long_videos.answer([path], model.load(file), Options(device="cpu"), windowing("14", None))
    intervals = [said[f"Jump/c.avi#frame={bounds}"] for bounds in ("0,28", "28,56")]
    assert len(answer.windows) == 2
    for window, (fused, alone) in zip(answer.windows, intervals, strict=True):
        assert 100 * window.answer.probabilities == pytest.approx(fused, abs=1e-3)
        assert 100 * np.stack(list(window.answer.streams.values())) == pytest.approx(alone, abs=1e-3)


def test_answers_are_made_once_and_a_new_video_runs_one_shard(predicted):
    predicted.settings["predict"] = PREDICT
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
