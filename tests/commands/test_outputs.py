"""What commands write never takes the place of another file, unless --force is given."""

import json
from pathlib import Path

import pytest

from support.models import CLASSES
from twostream import cli
from twostream.errors import InputError
from twostream.predict import tables, window_tables

FUSE = ("fuse", "--scores=a=a.h5", "--out=out")
REFUSED = [
    (("plan", "--configfile=mine.yaml", "--json=mine.yaml"), "mine.yaml", "holds something else than a plan"),
    (("predict", "a.avi", "--out=out"), "out/predictions.csv", "holds something else than answers"),
    (("predict", "a.avi", "--out=out"), "out/predictions.json", "holds something else than answers"),
    (("predict", "a.avi", "--report=page.html"), "page.html", "holds something else than a page of ours"),
    (("predict", "a.avi", "--annotate=film.mp4"), "film.mp4", "holds what may be another video or picture"),
    (("flow-preview", "a.avi", "--out=flow.png"), "flow.png", "holds what may be another video or picture"),
    (FUSE, "out/report.json", "holds something else than such a report"),
    (FUSE, "out/report.html", "holds something else than a page of ours"),
    (
        ("fuse", "--scores=b={split}.h5", "--out=out", "--split", "1", "2"),
        "out/split02/report.json",
        "something else than such",
    ),
    (("mean", "a.json", "b.json", "--out=out"), "out/report.html", "holds something else than a page of ours"),
    (("report", "0" * 12, "1" * 12), "comparison.html", "holds something else than a page of ours"),
    (("report", "0" * 12, "1" * 12), "comparison.json", "holds something else than a comparison"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.avi").write_bytes(b"a video")
    return tmp_path


def write(name: str, text: str) -> Path:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    return Path(name)


@pytest.mark.parametrize(("command", "name", "words"), REFUSED, ids=lambda each: each if isinstance(each, str) else "")
def test_a_file_of_another_kind_stays_without_force(folder, command, name, words):
    file = write(name, "{}\n")
    words = f"{words}.*: choose another name, or give --force to write over it"
    with pytest.raises(InputError, match=words):
        cli.call(command)
    assert file.read_text() == "{}\n"


def test_force_goes_on(folder):
    write("comparison.html", "mine")
    with pytest.raises(InputError, match=r"^results: is not a folder"):  # Which is looked at after the files.
        cli.call(["report", "0" * 12, "1" * 12, "--force"])


def test_scores_in_the_folder_of_features_stay(folder, model_file):
    file = write("out/temporal.npz", "mine")
    with pytest.raises(InputError, match=r"out/temporal\.npz: is there and holds something else than features"):
        cli.call(["features", "a.avi", f"--model={model_file}", "--out=out"])
    assert file.read_text() == "mine"


@pytest.mark.parametrize("module", [tables, window_tables])
def test_answers_of_ours_are_replaced(folder, module):
    module.write(Path("out"), [], CLASSES, {})
    with pytest.raises(InputError, match="is no name of a page"):  # Which is looked at after the answers.
        cli.call(["predict", "a.avi", "--out=out", "--report=page.txt"])


def test_the_mean_does_not_replace_a_report_that_it_is_of(folder):
    file = write("seed0/report.json", json.dumps({"streams": [], "fusion": []}))
    with pytest.raises(InputError, match=r"--out seed0: seed0/report\.json is one of the reports to average: choose"):
        cli.call(["mean", str(file), "seed1/report.json", "--out", "seed0"])


def test_the_video_itself_is_not_replaced_even_with_force(folder):
    Path("a.mp4").write_bytes(b"a video")
    with pytest.raises(InputError, match=r"--out a\.mp4: is the video itself: choose another name"):
        cli.call(["flow-preview", "a.mp4", "--out=a.mp4", "--force"])
