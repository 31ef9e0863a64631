"""Tables of the report: rows to show, sort and filter, and the same as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

MAX_ROWS = 5000
"""Rows of a table in the page itself, at most; the CSV has all."""
DECIMALS = 4
"""Decimals of a number in the CSV: one of a million videos is a ten-thousandth of a percent."""
PLAIN = " ,:;/!*~$@?"
"""Characters that a data URI holds as they are; all others are written by their codes."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a text that begins with one of these."""


@dataclass(frozen=True)
class Column:
    """The heading of a column, the field of a row that stands in it, and the format of its numbers."""

    title: str
    field: str
    form: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers."""
        return bool(self.form)

    def cell(self, row: Mapping[str, object]) -> str:
        """Return the text of the cell in `row`, a dash where the row has no value."""
        value = row.get(self.field)
        if value is None:
            return "–"  # noqa: RUF001
        return format(value, self.form) if self.form and not isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Table:
    """A table of the page. `name` is that of the CSV file; a row's `mark`, if it has one, is its CSS class."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, object]]

    @property
    def first_rows(self) -> Sequence[Mapping[str, object]]:
        """The rows that stand in the page itself."""
        return self.rows[:MAX_ROWS]

    @property
    def csv(self) -> str:
        """The table as CSV in a data URI."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([_csv_value(column.title) for column in self.columns])
        for row in self.rows:
            writer.writerow([_csv_value(row.get(column.field)) for column in self.columns])
        return f"data:text/csv;charset=utf-8,{quote(text.getvalue(), safe=PLAIN)}"


def _csv_value(value: object) -> object:
    """Return `value` as a spreadsheet is to read it: a rounded number, or text that is no formula."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
