"""The catalogue of bad inputs: what each is answered with, in one line that names the thing.

A row of `bad_inputs.json` has a kind, the input, and how the line begins, null where it is taken without a word.
Files that are no texts are base64. `@` in the input stands for something `long`: a text and how often it is repeated.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from support import bad_inputs
from twostream import cli, console
from twostream.errors import InputError

ROWS = json.loads(Path(__file__).with_name("bad_inputs.json").read_text(encoding="utf-8"))


def name_of(row: dict[str, Any]) -> str:
    return f"{row['kind']}: {ascii(row.get('is', row['input']))[:60]}"


def input_of(row: dict[str, Any]) -> Any:
    if "long" not in row:
        return row["input"]
    text, times = row["long"]
    return row["input"].replace("@", text * times)


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] != "command"], ids=name_of)
@pytest.mark.filterwarnings("ignore:Detected pickle protocol", "ignore:Initializing zero-element tensors")
def test_an_input_is_taken_or_answered_in_one_line(tmp_path, monkeypatch, capsys, row):
    monkeypatch.chdir(tmp_path)
    try:
        bad_inputs.READERS[row["kind"]](tmp_path, *row.get("of", ()), input_of(row))
        lines = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    except InputError as error:
        lines = [console.line(error)]
    (line, *_) = [*lines, ""]
    assert line.isprintable()
    assert line.replace(f"{tmp_path}/", "").startswith(row["line"] or "")
    assert bool(line) == bool(row["line"])


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "command"], ids=name_of)
def test_a_command_ends_in_one_line(tmp_path, monkeypatch, capsys, row):
    bad_inputs.lists(tmp_path, bad_inputs.WHOLE_LISTS)
    bad_inputs.write(tmp_path / "a.csv", "Jump/c.avi,1,2\nRun/d.avi,2,1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["twostream", *row["input"]])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code not in (0, None)
    printed = f"{capsys.readouterr().err}{ended.value.code}"  # A text is printed by Python, as it ends.
    assert next(line for line in printed.splitlines() if line.startswith("twostream")).startswith(row["line"])


def test_the_catalogue_has_every_kind():
    assert {row["kind"] for row in ROWS} == {*bad_inputs.READERS, "command"}
