"""`twostream init`: a configuration for a folder of videos, which runs as it stands."""

import shutil
from pathlib import Path

import pytest
import yaml

from support.project import make_lists, make_videos
from twostream import cli, plan
from twostream.commands import _estimate
from twostream.config import check
from twostream.errors import InputError


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Path:
    return make_videos(tmp_path_factory.mktemp("init") / "videos", 12)


@pytest.fixture
def videos(rendered, tmp_path, monkeypatch) -> Path:
    """Twelve videos of two classes, and three recordings each, in the folder that the command is run in."""
    monkeypatch.setattr(_estimate, "lines", lambda *_: ["  together  about 1 min  2 MB"])
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(rendered, "videos"))


def init(*arguments: str) -> str:
    cli.call(["init", *arguments])
    return Path("my.yaml").read_text(encoding="utf-8")


def test_what_is_written_is_complete_and_says_what_is_there(videos, capsys):
    text = init("videos")
    settings = check.load(Path("my.yaml"))
    assert settings["dataset"]["folder"] == "videos"
    assert (settings["frames"]["short_side"], settings["flow"]["short_side"]) == (48, 48), "as large as the videos"
    assert (settings["validation"]["by"], settings["streams"]["temporal"]["stack"]) == ("none", 10)
    for words in (
        "# - 12 videos of 2 classes, ",
        "gNN in UCF101's names",
        "64 x 48",
        "13 to 14 frames",
        "about 1 min  2 MB",
    ):
        assert words in text
    assert (
        "my.yaml is written. Run: snakemake --cores all fusion_report --configfile my.yaml" in capsys.readouterr().out
    )


def test_every_section_has_a_word_on_it(videos):
    blocks = init("videos").split("\n\n")
    assert len(blocks) == 7
    assert all(block.startswith("# ") for block in blocks if not block.startswith("dataset:"))


def test_a_run_finds_the_videos_read_already(videos):
    init("videos")
    planned = plan.make(check.load(Path("my.yaml")))
    assert planned.ledger.is_file()
    assert not planned.index.is_file(), "that is for the run to make"


def test_a_second_run_changes_nothing_without_force(videos):
    text = init("videos")
    Path("my.yaml").write_text(text + "# mine\n")
    with pytest.raises(InputError, match=r"^my\.yaml: is there already, and stays as it is: add --force"):
        init("videos")
    assert Path("my.yaml").read_text().endswith("# mine\n")
    assert init("videos", "--force") == text


def test_split_lists_are_named_and_replace_a_split_of_our_own(videos):
    make_lists(videos.parent / "splits", videos)
    settings = yaml.safe_load(init("videos"))
    assert settings["dataset"] == {"folder": "videos", "splits": "splits", "split": 1}
    assert set(settings["index"]) == {"shards"}


def test_damage_and_copies_are_said_and_admitted(videos):
    (videos / "Run" / "v_Run_g01_c01.avi").write_bytes(b"")
    shutil.copy(videos / "Run" / "v_Run_g02_c01.avi", videos / "Run" / "v_Run_g03_c09.avi")
    text = init("videos")
    assert yaml.safe_load(text)["index"]["max_bad"] == 0.08
    assert "1 video is bad, Run/v_Run_g01_c01.avi: the file is empty" in text
    assert "a copy of another, to the byte: Run/v_Run_g02_c01.avi = Run/v_Run_g03_c09.avi" in text


def test_a_class_of_one_recording_is_named_in_one_line(videos, capsys):
    for video in (videos / "Run").glob("*_g0[23]_*"):
        video.unlink()
    init("videos")
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("twostream: warning: class `Run`: has one recording: ")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("nowhere", "nowhere is not a folder: choose one that holds"),
        ("empty", "empty holds no `class/video` file: choose a folder"),
        ("videos/Run", "Run holds no `class/video` file"),
        ("one", "has one class, `Run`, so that there is nothing to tell apart: add the videos of another class"),
    ],
)
def test_a_folder_that_cannot_serve_is_refused_in_one_line_and_nothing_is_written(videos, folder, words):
    Path("empty").mkdir()
    shutil.copytree(videos / "Run", "one/Run")
    with pytest.raises(InputError, match=words) as error:
        init(folder)
    assert "\n" not in str(error.value)
    assert not Path("my.yaml").exists()


def test_a_folder_without_a_video_is_refused(videos):
    for path in videos.glob("*/*.avi"):
        path.write_text("no video")
    with pytest.raises(InputError) as error:
        init("videos")
    assert "\n" not in str(error.value)
    assert "v_Jump_g01_c01.avi" in str(error.value)


@pytest.mark.parametrize("out", ["videos", "nowhere/my.yaml"])
def test_a_place_that_cannot_be_written_to_is_refused_before_any_work(videos, out):
    with pytest.raises(InputError, match="choose"):
        init("videos", "--out", out)
    assert not Path("results").exists()


def test_an_estimate_has_every_stage_and_its_work(tmp_path, monkeypatch, rendered):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_estimate, "MEMORY", None)  # Nothing is tried.
    lines = init(str(rendered)).partition("roughly:\n")[2].splitlines()
    stages = [line.split()[1] for line in lines[1:11]]
    assert stages == ["frames", "flow", "stacks", "train", "train", "score", "score", "fusion", "report", "together"]
    assert "12 videos, 150 flow fields" in lines[2]


def test_the_form_that_a_folder_has_is_said_and_kept(videos):
    rows = (f"{file.relative_to(videos)},{file.parent.name}\n" for file in videos.glob("*/*"))
    (videos / "table.csv").write_text("path,label\n" + "".join(rows))
    text = init("videos")
    assert "# - the data set is taken for csv, since " in text
    assert yaml.safe_load(text)["dataset"] == {
        "folder": "videos",
        "format": "csv",
        "annotations": "videos/table.csv",
    }
