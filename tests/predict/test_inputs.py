"""Files, folders and patterns as videos."""

import os
from pathlib import Path

import pytest

from twostream.errors import InputError
from twostream.predict import inputs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("new/a.mp4", "new/deep/er/b.avi", "new/notes.txt", "new/.hidden.mp4", "new/.git/c.mp4", "odd.xyz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("named", "videos"),
    [
        (["new"], ["new/a.mp4", "new/deep/er/b.avi"]),
        (["new/*.mp4"], ["new/a.mp4"]),
        (["new/**/*.avi"], ["new/deep/er/b.avi"]),
        (["odd.xyz", "new/a.mp4"], ["odd.xyz", "new/a.mp4"]),
        (["new/a.mp4", "new", "./new/a.mp4"], ["new/a.mp4", "new/deep/er/b.avi"]),
        (["new/d*"], ["new/deep/er/b.avi"]),
    ],
)
def test_each_video_is_named_once_in_order(folder, named, videos):
    assert [path.as_posix() for path in inputs.find(named)] == videos


def test_a_name_with_brackets_is_a_file_first(folder):
    (folder / "a[1].mp4").write_text("")
    assert [path.name for path in inputs.find(["a[1].mp4"])] == ["a[1].mp4"]


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("nothing.mp4", "there is no such file"),
        ("new/*.mkv", "matches no file"),
        ("empty", "is a folder without a video in it"),
        ("", "a name of a video is empty"),
    ],
)
def test_what_stands_for_no_video_is_one_line(folder, named, problem):
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=f"{problem}: give a video, a folder"):
        inputs.find([named])


def test_a_folder_that_cannot_be_read_is_not_left_out(folder, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"new/deep: cannot be read \(Permission denied\)"):
        inputs.find(["new"])
