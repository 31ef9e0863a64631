"""A step or a command ends in one line where the user can mend what went wrong."""

from pathlib import Path

import pytest

from twostream import console
from twostream.console import run
from twostream.errors import FREE_SPACE, InputError


def fail(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("a.avi", "is empty", "delete it"), "twostream: a.avi: is empty: delete it"),
        (
            ModuleNotFoundError("no", name="cv2"),
            "twostream: cv2: is not installed: install the extra `all` of twostream (README, Only a part of it)",
        ),
        (
            PermissionError(13, "Permission denied", "a.avi"),
            "twostream: a.avi: Permission denied: give the right to read and write it",
        ),
        (
            IsADirectoryError(21, "Is a directory", "a.csv"),
            "twostream: a.csv: Is a directory: rename that folder: a file belongs there",
        ),
        (
            OSError(28, "No space left on device", "a.csv"),
            f"twostream: a.csv: the disk is full: {FREE_SPACE}",
        ),
        (MemoryError(), "twostream: memory: is used up: lower compute.video_threads"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_that_the_user_can_mend_is_one_line(error, line):
    with pytest.raises(SystemExit) as ended:
        run(lambda: fail(error))
    assert ended.value.code == line


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("a\nb.avi", "is empty", "delete it"), "a\\nb.avi: is empty: delete it"),
        (
            InputError("stack\n  read()\ntwostream.errors.InputError: a: is empty: delete it\n"),
            "a: is empty: delete it",
        ),
    ],
)
def test_an_error_is_one_line_and_nothing_of_it_is_lost(error, text):
    assert console.line(error) == text


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), ModuleNotFoundError("no", name="twostream.helpers"), OSError("not the picture")]
)
def test_a_fault_of_the_program_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        run(lambda: fail(error))


def test_a_device_that_is_full_is_one_line():
    def fill() -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as file:
            file.write("a")

    with pytest.raises(SystemExit, match="twostream: a file: the disk is full: free some space"):
        run(fill)


def test_a_folder_in_the_way_of_a_file_is_named_itself(tmp_path):
    (tmp_path / "part").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        (tmp_path / "part").replace(tmp_path / "folder")
    assert console.system_line(caught.value).startswith(f"{tmp_path / 'folder'}: Is a directory: rename that folder")
