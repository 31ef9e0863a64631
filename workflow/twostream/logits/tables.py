"""Tables of scores as text, as programs and spreadsheets write them: a row a video."""

import csv
import io
from pathlib import Path

from twostream.errors import InputError
from twostream.files import user_text

DELIMITERS = (",", ";", "\t")
"""What may stand between the cells; blanks may too."""

Rows = list[list[str]]


def read(path: Path) -> Rows:
    """Return the rows of the table in `path`: a name, and numbers with decimal points. The first may be a heading.

    Cells are divided by commas, semicolons, tabs or blanks; where it is not by commas alone, the decimal point may be
    one. InputError where there is no row.
    """
    text = user_text.read(path)
    readings = [*(_rows(text, delimiter) for delimiter in DELIMITERS), _rows_by_blanks(text)]
    widest = max(readings, key=lambda rows: len(rows[0]) if rows else 0)
    rows = next((rows for rows in readings if _is_table(rows)), widest)
    if not rows:
        raise InputError(path, "it is empty", "add a row a video: its name, and then a number a class")
    return rows


def is_number(text: str) -> bool:
    """Return whether `text` is a number with a decimal point."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(text: str, delimiter: str) -> Rows:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [[row[0], *map(_with_point, row[1:])] for row in rows if any(map(str.strip, row))]


def _rows_by_blanks(text: str) -> Rows:
    """Return the rows of a table whose cells blanks divide; numbers are read from behind, as names may have blanks."""
    lines = [line for line in text.splitlines() if line.strip()]
    classes = min(map(_numbers_behind, lines[1:] or lines), default=0)
    rows = [line.rsplit(maxsplit=classes) for line in lines]
    return [[row[0].strip("\"' \t"), *map(_with_point, row[1:])] for row in rows] if classes else []


def _numbers_behind(line: str) -> int:
    """Return how many numbers `line` ends with, of which the first cell is none."""
    numbers = 0
    for cell in reversed(line.split()[1:]):
        if not is_number(_with_point(cell)):
            break
        numbers += 1
    return numbers


def _with_point(cell: str) -> str:
    """Return `cell` with a decimal point where it is a number with a decimal comma."""
    number = cell.replace(",", ".")
    return number if cell.count(",") == 1 and is_number(number) else cell


def _is_table(rows: Rows) -> bool:
    """Return whether all `rows` but the first, which may be a heading, are a name and as many numbers."""
    widths = {len(row) for row in rows}
    numbers = rows[1:] or rows
    return len(widths) == 1 and widths != {1} and all(is_number(cell) for row in numbers for cell in row[1:])
