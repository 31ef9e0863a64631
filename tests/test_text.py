"""Names from outside are shown as they are where they can be, and a letter that cannot be by its code point."""

import pytest

from twostream import console, text
from twostream.errors import InputError

ODD = [
    ("Händstand 日本.avi", "Händstand 日本.avi"),
    ("red \x1b[31m", r"red \x1b[31m"),
    ("title \x1b]0;x\x07", r"title \x1b]0;x\x07"),
    ("two\nlines\r", r"two\nlines\r"),
    ("gpj.\u202eexe", r"gpj.\u202eexe"),
    ("half \ud83d", r"half \ud83d"),
    ("\x9b2J", r"\x9b2J"),
]


@pytest.mark.parametrize(("name", "shown"), ODD, ids=ascii)
def test_in_a_line_of_the_terminal(name, shown, capsys):
    assert text.printable(name) == shown
    assert console.line(InputError(name, "is empty", "delete it")) == f"{shown}: is empty: delete it"
    console.warn(name, "is empty")
    assert capsys.readouterr().err == f"twostream: warning: {shown}: is empty\n"


@pytest.mark.parametrize(("name", "shown"), ODD, ids=ascii)
def test_in_a_table_of_the_terminal(name, shown):
    assert text.table([["name"], [name]]).splitlines()[1] == shown.rstrip()


def test_several_lines_stay_several():
    assert text.lines("a\n\tb\u00a0c\x1b") == "a\n\tb\u00a0c\\x1b"


def test_one_of_a_thing_has_no_plural():
    assert [text.counted(number, "pair") for number in (0, 1, 1200)] == ["0 pairs", "1 pair", "1,200 pairs"]


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("class", "classes"),
        ("batch", "batches"),
        ("box", "boxes"),
        ("copy", "copies"),
        ("key", "keys"),
        ("epoch", "epochs"),
        ("more epoch", "more epochs"),
    ],
)
def test_several_of_a_thing_have_its_plural(one, several):
    assert text.counted(2, one) == f"2 {several}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "about 1 s"),
        (23, "about 25 s"),
        (90, "about 2 min"),
        (7800, "about 2 h 10 min"),
        (400_000, "about 5 days"),
    ],
)
def test_an_estimate_is_said_roughly(seconds, words):
    assert text.roughly(seconds) == words
