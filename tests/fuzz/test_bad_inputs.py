"""The catalogue of bad inputs: what each is answered with, in one line that names the thing.

A row of `bad_inputs.json` has a kind, the input, and how the line begins, null where it is taken. Pickles are base64.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import twostream
from twostream import console
from twostream.config import check
from twostream.errors import InputError
from twostream.logits import score_file
from twostream.videos import split_lists

ROWS = json.loads(Path(__file__).with_name("bad_inputs.json").read_text(encoding="utf-8"))
LISTS = ("classInd", "trainlist01", "testlist01")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_configuration(folder: Path, text: str) -> None:
    check.load(write(folder / "c.yaml", text))


def read_lists(folder: Path, texts: list[str]) -> None:
    (folder / "lists").mkdir()
    for name, text in zip(LISTS, texts, strict=True):
        write(folder / "lists" / f"{name}.txt", text)
    split_lists.read(folder / "lists", 1)


def read_table(folder: Path, text: str) -> None:
    score_file.read(write(folder / "a.csv", text))


def read_pickle(folder: Path, text: str) -> None:
    score_file.read(write(folder / "a.pkl", base64.b64decode(text)))


READERS: dict[str, Callable[[Path, Any], None]] = {
    "configuration": read_configuration,
    "split lists": read_lists,
    "table of scores": read_table,
    "pickle of scores": read_pickle,
}


def name_of(row: dict[str, Any]) -> str:
    return f"{row['kind']}: {ascii(row.get('is', row['input']))[:60]}"


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] in READERS], ids=name_of)
def test_a_file_is_taken_or_answered_in_one_line(tmp_path, row):
    line = None
    try:
        READERS[row["kind"]](tmp_path, row["input"])
    except InputError as error:
        line = console.line(error).replace(f"{tmp_path}/", "")
        assert line.isprintable()
    assert line == row["line"] or (line or "").startswith(row["line"] or "-")


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "command"], ids=name_of)
def test_a_command_ends_in_one_line(tmp_path, row):
    read_lists(tmp_path, ["1 Jump\n2 Run\n", "Jump/a.avi 1\nRun/b.avi 2\n", "Jump/c.avi\nRun/d.avi\n"])
    write(tmp_path / "a.csv", "Jump/c.avi,1,2\nRun/d.avi,2,1\n")
    code = "from twostream.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(Path(twostream.__file__).parents[1])}
    command = [sys.executable, "-c", code, *row["input"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith(row["line"])


def test_the_catalogue_has_every_kind():
    assert {row["kind"] for row in ROWS} == {*READERS, "command"}
