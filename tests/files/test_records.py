"""A small file of ours is what was written, or it is set aside with a word; it ends nothing."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twostream.files import atomic, records

RECORD = {"seconds": 1.5, "settings": {"ö": [1, None, "a"]}, "inputs": []}
LOST = "it is left out"


@dataclass(frozen=True, kw_only=True)
class Fields:
    name: str
    count: int = 0
    is_there: bool = False
    rate: float = 0.0
    parts: tuple[int, ...] = ()
    text: str | None = ""


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "a.json"


def test_a_record_comes_back_without_its_checksum(file):
    records.write(file, RECORD)
    assert records.read(file, dict, LOST) == RECORD
    assert json.loads(file.read_text()).keys() == {*RECORD, "checksum"}


def test_a_record_of_an_earlier_version_has_no_checksum_and_is_taken(file):
    atomic.write_json(file, RECORD)
    assert records.read(file, dict, LOST) == RECORD


def test_where_there_is_none_nothing_is_said(file, capsys):
    assert records.read(file, dict, LOST) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"{", b'{"seconds": 1', b"\xff\xfe", b"7", b"[1]", b"[" * 5000, b"\0" * 99])
def test_what_is_no_record_is_set_aside_with_a_word(file, content, capsys):
    file.write_bytes(content)
    assert records.read(file, dict, LOST) is None
    assert file.with_name("a.json.damaged").read_bytes() == content
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"twostream: warning: {file}: is damaged (")
    assert line.endswith(") and is set aside as a.json.damaged: it is left out")


def test_a_record_of_another_form_is_set_aside(file, capsys):
    records.write(file, {"other": 1})
    assert records.read(file, lambda record: record["seconds"], LOST) is None
    assert "is damaged ('seconds')" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": 3},
        {"name": "a", "count": "3"},
        {"name": "a", "count": True},
        {"name": "a", "is_there": 1},
        {"name": "a", "rate": "fast"},
        {"name": "a", "parts": {}},
        {"name": "a", "text": []},
        {"name": "a", "other": 1},
        {},
        [],
        None,
    ],
)
def test_a_field_of_another_type_is_of_another_form(file, fields, capsys):
    atomic.write_json(file, {"fields": fields})
    assert records.read(file, lambda record: records.build(Fields, record["fields"]), LOST) is None
    assert f"{file}: is damaged (" in capsys.readouterr().err


def test_fields_of_their_types_are_built():
    fields = {"name": "a", "count": 3, "is_there": True, "rate": 2, "parts": (1, 2), "text": None}
    assert records.build(Fields, fields) == Fields(**fields)


def test_a_folder_in_its_place_ends_nothing(file, capsys):
    file.mkdir()
    assert records.read(file, dict, LOST) is None
    assert "cannot be read (Is a directory): it is left out" in capsys.readouterr().err


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(file, data):
    records.write(file, RECORD)
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    read = records.read(file, dict, LOST)
    # Where the name of the checksum itself is hit, the record is as one of an earlier version.
    assert read is None or {name: read[name] for name in RECORD} == RECORD
