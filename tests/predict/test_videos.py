"""Videos answered by a model: in order, broken ones among them, and the same alone as with others."""

import csv
import json
import os
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from support.models import CLASSES, small_model
from support.videos import encode, moving_dots
from twostream import cli
from twostream.commands import _project
from twostream.errors import InputError
from twostream.predict import shards, tables, videos
from twostream.predict.answers import Answer, Failure, top
from twostream.streams.training_record import InitialWeights, TrainingRecord
from twostream.videos import probe
from twostream.videos.index import Index

OPTIONS = videos.Options(device="cpu", threads=1, batch=2)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Three videos, the second of which is none; the last is shorter than a stack."""
    folder = tmp_path_factory.mktemp("videos")
    encode(folder / "a.avi", moving_dots(14))
    (folder / "b.avi").write_bytes(b"no video" * 100)
    encode(folder / "c.avi", moving_dots(3, step=2))
    return [folder / name for name in ("a.avi", "b.avi", "c.avi")]


@pytest.fixture(scope="module")
def results(paths):
    return list(videos.videos(paths, small_model(), OPTIONS))


def test_a_broken_video_has_its_reason_and_the_others_go_on(results, paths):
    assert [type(result) for result in results] == [Answer, Failure, Answer]
    assert [result.video for result in results] == [str(path) for path in paths]
    assert "not a video" in results[1].reason


def test_probabilities_add_up_to_one(results):
    for answer in (results[0], results[2]):
        for probabilities in (answer.probabilities, *answer.streams.values()):
            assert probabilities.sum() == pytest.approx(1) and probabilities.min() >= 0
        assert list(answer.streams) == ["spatial", "temporal"]


def test_an_answer_is_the_same_whichever_videos_are_answered_with_it(results, paths):
    (alone,) = videos.videos(paths[2:], small_model(), OPTIONS)
    assert np.array_equal(alone.probabilities, results[2].probabilities)


def test_a_video_that_a_stream_was_trained_on_says_so_under_any_name(paths):
    whole, digest = small_model(), probe.content_digest(paths[0])
    record = TrainingRecord(train={"Run/other.avi": digest}, validation={}, initial=InitialWeights(pretrained="none"))
    streams = dict(whole.streams) | {"temporal": replace(whole.streams["temporal"], record=record)}
    answers = list(videos.videos([paths[0], paths[2]], small_model(streams=streams), OPTIONS))
    assert [answer.trained_on for answer in answers] == [("temporal",), ()]


def test_frames_can_be_looked_at(paths):
    seen = []
    list(videos.videos(paths[:1], small_model(), OPTIONS, look=seen.append))
    assert set(seen[0].stored) == {"rgb", "flow"}


def test_a_model_of_one_modality_computes_no_flow(paths, monkeypatch):
    monkeypatch.setitem(videos.READ, "flow", None)
    whole = small_model()
    rule = whole.fusion.rule.__class__(normalisations=("none",), pooling="mean", temperatures=(1.0,), rule="average")
    fusion = whole.fusion.__class__(
        **vars(whole.fusion) | {"streams": ("spatial",), "rule": rule, "stream_temperatures": (1.0,)}
    )
    (answer,) = videos.videos(
        paths[:1], small_model(streams={"spatial": whole.streams["spatial"]}, fusion=fusion), OPTIONS
    )
    assert list(answer.streams) == ["spatial"]


def test_the_first_of_equal_classes_comes_first():
    assert [guess.class_name for guess in top(np.array([0.25, 0.25, 0.5]), CLASSES)] == ["Walk", "Jump", "Run"]


def test_the_csv_has_a_row_a_video(results):
    rows = list(csv.DictReader(tables.to_csv(results, CLASSES).splitlines()))
    assert [bool(row["failure"]) for row in rows] == [False, True, False]
    assert rows[0]["class_1"] == top(results[0].probabilities, CLASSES)[0].class_name
    assert float(rows[0]["percent_1"]) == pytest.approx(100 * results[0].probabilities.max(), abs=1e-3)
    assert rows[0]["frames"] == "14" and rows[1]["class_1"] == ""


def test_the_command_writes_what_it_prints_and_fails_at_the_end(paths, model_file, tmp_path, capsys):
    named = ["predict", *map(str, paths), f"--model={model_file}", f"--out={tmp_path / 'out'}", "--device=cpu"]
    with pytest.raises(InputError, match="1 video of 3 could not be answered"):
        cli.call(named)
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split()[:3] == ["video", "top", "1"]
    assert f"warning: {paths[1]}: not a video" in err
    report = json.loads((tmp_path / "out/predictions.json").read_text())
    assert [video["video"] for video in report["videos"]] == [str(paths[0]), str(paths[2])]
    assert report["failures"][0]["video"] == str(paths[1])
    assert report["class_names"] == list(CLASSES)
    assert sum(report["videos"][0]["percent"]) == pytest.approx(100)
    assert (tmp_path / "out/predictions.csv").read_text().count("\n") == 4


def test_a_name_that_is_no_text_is_written_as_its_bytes(paths, model_file, tmp_path):
    name = os.fsdecode(b"\xff.avi")
    shutil.copyfile(paths[0], tmp_path / name)
    cli.call(["predict", str(tmp_path / name), f"--model={model_file}", f"--out={tmp_path / 'out'}", "--device=cpu"])
    (row,) = csv.DictReader((tmp_path / "out/predictions.csv").open())
    assert row["video"] == str(tmp_path / "\\xff.avi")
    shutil.copyfile(paths[1], tmp_path / name)
    (failure,) = videos.videos([tmp_path / name], small_model(), OPTIONS)
    assert failure.video == row["video"]
    (shard,) = shards.find(tmp_path, 1)
    assert shards.videos_of(tmp_path, 1, shard) == [tmp_path / name]


@pytest.mark.parametrize(("name", "problem"), [("b.avi", "is no name of a page"), ("b.avi/p.html", "cannot be writ")])
def test_a_page_that_cannot_be_written_is_refused_before_any_work(paths, model_file, name, problem):
    before = paths[1].read_bytes()
    with pytest.raises(InputError, match=problem):
        cli.call(["predict", str(paths[0]), f"--model={model_file}", f"--report={paths[0].parent / name}"])
    assert paths[1].read_bytes() == before


def test_without_a_project_and_a_model_the_command_says_what_to_give(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="give --model FILE"):
        cli.call(["predict", str(paths[0])])


@pytest.mark.parametrize(
    ("names", "problem"),
    [(("Jump", "Run", "Swim"), "`Swim` is in one only, of 2 such"), (("Run", "Jump", "Walk"), "their order differs")],
)
def test_a_model_of_other_classes_than_the_project_is_one_line(names, problem):
    planned = SimpleNamespace(full=SimpleNamespace(index=Index(names, (), ())))
    with pytest.raises(InputError, match=f"its classes are not the project's: {problem}"):
        _project.check_classes(planned, CLASSES, "model.twostream")
    _project.check_classes(SimpleNamespace(full=SimpleNamespace(index=Index(CLASSES, (), ()))), CLASSES, "model")


def test_where_no_video_has_windows_the_csv_has_their_columns(model_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.avi").write_bytes(b"no video" * 99)
    with pytest.raises(InputError, match="1 video of 1 could not be answered"):
        cli.call(["predict", "broken.avi", f"--model={model_file}", "--window=1s", "--out=out", "--device=cpu"])
    (row,) = csv.DictReader((tmp_path / "out/predictions.csv").open())
    assert (row["video"], row["start"], row["first_frame"]) == ("broken.avi", "", "")
    assert row["failure"].startswith("not a video")


@pytest.mark.parametrize("option", ["--threads=0", "--batch=-3", "--batch=two"])
def test_a_number_below_one_is_refused(model_file, option, capsys):
    with pytest.raises(SystemExit):
        cli.call(["predict", "a.avi", f"--model={model_file}", option])
    assert f"{option.partition('=')[2]} is no whole number above 0" in capsys.readouterr().err
