"""Tables of videos, CSV or TSV: what divides the cells, quotes and byte order marks are found out."""

import csv
import difflib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream.errors import InputError
from twostream.files import user_text
from twostream.text import printable

DELIMITERS = ",\t;|"
"""What may divide cells; of several the one that divides the heading into the most names of the vocabulary."""
FIRST_BYTES = 4096
"""What is looked at to tell a table."""
LONGEST_SHOWN = 60
"""Letters of a cell that a message shows."""


@dataclass(frozen=True)
class TableRow:
    """A row of the `file`: the number of its line, and its cells by the name of their column."""

    file: Path
    line: int
    cells: dict[str, str]

    @property
    def where(self) -> str:
        """The file and the line, for messages."""
        return f"{self.file}, line {self.line}"


def heading(text: str, vocabulary: Collection[str]) -> list[str]:
    """Return the names of the columns in the first line of `text`, in small letters."""
    return next(_cells(text.split("\n", 1)[0], _delimiter(text, vocabulary)), (0, []))[1]


def first_columns(file: Path, vocabulary: Collection[str]) -> list[str]:
    """Return the names of the columns of the table that `file` may be; none where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return heading(user_text.decode(stream.read(FIRST_BYTES), "ignore"), vocabulary)
    except (OSError, csv.Error):
        return []


def read(file: Path, vocabulary: Collection[str], required: Collection[str]) -> Iterator[TableRow]:
    """Yield the rows of the table in `file`, whose first line names columns: those of the `vocabulary`, all `required`.

    InputError where it is no such table.
    """
    text = read_text(file)
    rows = _cells(text, _delimiter(text, vocabulary))
    try:
        columns = heading(text, vocabulary)
        _check_columns(file, columns, vocabulary, required)
        next(rows, None)
        for line, cells in rows:
            if any(cells):
                yield TableRow(file, line, _by_column(file, line, columns, cells))
    except csv.Error as error:
        raise InputError(file, f"is no table that can be read ({error})", "mend its quotes and its lines") from error


def read_text(file: Path) -> str:
    """Return the text of `file`; InputError where it cannot be read or holds a NUL."""
    try:
        text = user_text.read(file)
    except OSError as error:
        raise InputError(file, f"cannot be read ({error.strerror})", "give the right to read it") from error
    except UnicodeDecodeError as error:
        raise InputError(file, "is not a text file in UTF-8", "make it one") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{file}, line {line}", "holds a NUL, which no text has", "mend the line")
    return text


def quote(cell: str) -> str:
    """Return `cell` as messages show it: in one line, cut where it is long."""
    return printable(cell if len(cell) <= LONGEST_SHOWN else f"{cell[:LONGEST_SHOWN]}...")


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line and its cells, those of the first line in small letters."""
    quotechar = "'" if text.lstrip()[:1] == "'" else '"'
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quotechar, skipinitialspace=True)
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        yield reader.line_num, [cell.casefold() for cell in stripped] if reader.line_num == 1 else stripped


def _delimiter(text: str, vocabulary: Collection[str]) -> str:
    first = text.split("\n", 1)[0]

    def fit(delimiter: str) -> tuple[int, int]:
        names = [name.strip().strip("\"'").casefold() for name in first.split(delimiter)]
        return sum(name in vocabulary for name in names), len(names)

    return max(DELIMITERS, key=fit)


def _check_columns(file: Path, columns: list[str], vocabulary: Collection[str], required: Collection[str]) -> None:
    """Raise InputError where a column is unknown, named twice or missing."""
    missing = [name for name in required if name not in columns]
    if missing:
        problem = f"its first line, `{quote(','.join(columns))}`, names no column `{missing[0]}`"
        raise InputError(file, problem, f"add a first line that names the columns: {', '.join(sorted(vocabulary))}")
    for number, name in enumerate(columns):
        if name not in vocabulary:
            near = difflib.get_close_matches(name, vocabulary, n=1)
            remedy = f"rename it to {near[0]}" if near else f"delete it; there are {', '.join(sorted(vocabulary))}"
            raise InputError(file, f"has an unknown column, `{quote(name)}`", remedy)
        if name in columns[:number]:
            raise InputError(file, f"has two columns `{name}`", "delete one of them")


def _by_column(file: Path, line: int, columns: list[str], cells: list[str]) -> dict[str, str]:
    """Return the cells of a line by their column; those that are missing at the end are empty."""
    if any(cells[len(columns) :]):
        problem = f"has {len(cells)} cells, and the first line names {len(columns)} columns"
        raise InputError(f"{file}, line {line}", problem, "mend the line: put a cell with such a sign in quotes")
    padded = cells + [""] * (len(columns) - len(cells))
    return dict(zip(columns, padded, strict=False))
