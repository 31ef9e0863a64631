"""`twostream doctor --dataset`: what is missing, extra, damaged, double or leaking."""

import shutil
from pathlib import Path

import pytest

from support.project import make_lists, make_videos
from support.videos import entry
from twostream import cli
from twostream.commands import _dataset_check
from twostream.commands._dataset import DataSet
from twostream.errors import InputError
from twostream.videos import left_out
from twostream.videos.account import Account
from twostream.videos.formats.form import Form
from twostream.videos.index import BadVideo, Index
from twostream.videos.left_out import LeftOut


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Path:
    return make_videos(tmp_path_factory.mktemp("doctor") / "videos", 12)


@pytest.fixture
def videos(rendered, tmp_path, monkeypatch) -> Path:
    """Twelve videos, lists of them in `splits`, and a configuration."""
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(rendered, "videos"))
    make_lists(Path("splits"), folder)
    Path("my.yaml").write_text("dataset: {folder: videos}\n")
    return folder


def doctor(capsys) -> tuple[dict[str, str], int]:
    """Return what is said of each check, and the exit status."""
    status = 0
    try:
        cli.call(["doctor", "--dataset", "my.yaml"])
    except SystemExit as ended:
        status = ended.code
    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    return {name: " ".join(words.split()) for name, words in rows}, status


def test_a_data_set_without_a_fault(videos, capsys):
    checks, status = doctor(capsys)
    assert status == 0
    assert list(checks) == ["format", "videos", "missing", "extra", "damaged", "double", "leaking"]
    assert all(words.startswith("ok ") for words in checks.values())
    assert "12 videos of 2 classes, 8 to train of 4 recordings, 4 to test of 2 recordings" in checks["videos"]


def test_every_fault_is_named(videos, capsys):
    (videos / "Run" / "v_Run_g02_c01.avi").unlink()
    (videos / "Run" / "v_Run_g02_c02.avi").write_bytes(b"")
    shutil.copy(videos / "Jump" / "v_Jump_g01_c01.avi", videos / "Jump" / "v_Jump_g02_c01.avi")
    shutil.copy(videos / "Jump" / "v_Jump_g03_c01.avi", videos / "Jump" / "v_Jump_g07_c01.avi")
    checks, status = doctor(capsys)
    assert status == 1
    assert checks["missing"] == "WRONG 1 on the lists, and not in the folder (Run/v_Run_g02_c01.avi)"
    assert checks["extra"] == "note 1 on none of the lists (Jump/v_Jump_g07_c01.avi)"
    assert checks["damaged"] == "WRONG 1 video: Run/v_Run_g02_c02.avi (the file is empty)"
    assert checks["double"].startswith("note 1 video with the bytes of another: Jump/v_Jump_g01_c01.avi = ")
    assert checks["leaking"].startswith("WRONG ")


def test_a_recording_on_both_sides_of_the_lists_is_named(videos, capsys):
    train, test = (Path("splits") / f"{name}list01.txt" for name in ("train", "test"))
    moved = "Run/v_Run_g01_c02.avi"
    test.write_text(test.read_text().replace(f"{moved}\n", ""))
    train.write_text(train.read_text() + f"{moved} 2\n")
    checks, status = doctor(capsys)
    assert status == 1
    assert checks["leaking"] == f"WRONG 1 recording both train and test: {moved} and Run/v_Run_g01_c01.avi"


def test_the_demo_has_nothing_to_check(videos):
    Path("my.yaml").write_text("{}")
    with pytest.raises(InputError, match=r"my\.yaml: dataset\.folder: is null, .*: set it to a folder"):
        cli.call(["doctor", "--dataset", "my.yaml"])


@pytest.mark.parametrize(
    ("classes", "videos", "unused", "verdict"),
    [
        (101, 13320, 0, "ok"),
        (101, 13319, 0, "WRONG"),
        (51, 5100, 1666, "ok"),
        (51, 5100, 1660, "WRONG"),
        (3, 9, 0, "ok"),
    ],
)
def test_published_data_sets_are_counted(tmp_path, monkeypatch, classes, videos, unused, verdict):
    """UCF101 has 13,320 videos, HMDB51 6,766 of which a split leaves 1,666 out; one that is bad counts too."""
    names = tuple(f"c{n:03d}" for n in range(classes))
    rows = tuple(entry(f"{names[n % classes]}/{n}.avi", label=n % classes, group=f"g{n}") for n in range(videos - 1))
    account = Account(left_out=(LeftOut(left_out.UNUSED, unused, ()),))

    class Planned:
        form = Form(name="hmdb51" if classes == 51 else "ucf101")

    dataset = DataSet(Planned(), Index(names, rows, (BadVideo("c000/bad.avi", "the file is empty"),), account))
    monkeypatch.setattr(_dataset_check._dataset, "look", lambda _: dataset)
    (tmp_path / "my.yaml").write_text("dataset: {folder: videos}")
    first = _dataset_check.findings(tmp_path / "my.yaml")[1]
    assert (first.check, first.verdict) == ("videos", verdict)
