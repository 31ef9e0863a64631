"""Tables of the report: rows to show, sort and page through, and the same as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

MOST_ROWS = 1000
"""That stand in the page itself; the CSV has all."""
MOST_CSV_ROWS = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run, where a text begins so."""


@dataclass(frozen=True)
class Column:
    """What heads it, which field of a row stands in it, and how its numbers are written."""

    title: str
    field: str
    form: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.form)

    def shown(self, row: dict[str, Any]) -> str:
        value = row.get(self.field)
        if value is None:
            return "–"  # noqa: RUF001
        return format(value, self.form) if self.form and not isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Table:
    """`name` is that of the CSV file; a row's `mark`, if it has one, becomes its class in the page."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Any]]

    @property
    def first_rows(self) -> Sequence[dict[str, Any]]:
        return self.rows[:MOST_ROWS]

    @property
    def csv(self) -> str:
        """The table as a data URI."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.title for column in self.columns])
        for row in self.rows[:MOST_CSV_ROWS]:
            writer.writerow([_harmless(row.get(column.field)) for column in self.columns])
        return f"data:text/csv;charset=utf-8,{quote(text.getvalue())}"


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
