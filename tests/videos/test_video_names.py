"""Names in split lists and the files that they mean: where one name may be two files, or two names one."""

import unicodedata
from pathlib import Path

import pytest

from twostream.errors import InputError
from twostream.videos import split_lists
from twostream.videos.video_names import VideoNames

LIST = Path("trainlist01.txt")


def find(files: list[str], *list_names: str) -> list[str | None]:
    """Return the file that each name in a list means."""
    videos = VideoNames(Path("videos"), files)
    return [videos.find(name, LIST) for name in list_names]


def test_a_name_that_two_files_may_have_is_refused():
    with pytest.raises(InputError, match=r"trainlist01\.txt: Jump/a may be Jump/a\.avi or Jump/a\.mp4"):
        find(["Jump/a.avi", "Jump/a.mp4"], "Jump/a")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Jump/a.avi", "Jump/a.mp4"),
        ("Jump/a.mp4", "Jump/a.avi"),
        ("Jump/a.mp4", "Jump/a.webm"),
        ("Jump/a.avi", "Jump/A.avi"),
        ("Jump/a", "Jump/a.mp4"),
    ],
)
def test_two_names_of_which_one_file_is_there_are_refused(first, second):
    with pytest.raises(InputError) as refused:
        find(["Jump/a.avi"], first, second)
    remedy = "add the video that is missing or delete one of the lines"
    assert str(refused.value) == f"{LIST}: {first} and {second} in the lists would both be Jump/a.avi: {remedy}"


def test_two_names_of_two_files_and_one_name_twice_are_taken():
    files = ["Jump/a.avi", "Jump/a.mp4", "Jump/\u00e9.avi"]
    name = unicodedata.normalize("NFD", files[2])
    assert find(files, files[0], files[1], files[1], files[2], name) == [*files[:2], files[1], files[2], files[2]]


def test_a_training_video_that_is_a_test_video_by_another_name_is_refused(tmp_path):
    for name, text in (("classInd", "1 Jump\n"), ("trainlist01", "Jump/a.avi 1\n"), ("testlist01", "Jump/a.mp4\n")):
        (tmp_path / f"{name}.txt").write_text(text)
    with pytest.raises(InputError, match=r"testlist01\.txt: Jump/a\.avi and Jump/a\.mp4 in the lists would both be"):
        split_lists.read_for(tmp_path, ["Jump/a.avi"], tmp_path, 1)
