"""A plain table: `path` and `label`, and if they are there `split`, `group`, and an interval of the file.

`start` and `end` are seconds, `start_frame` and `end_frame` frames. Both count from the first frame, which is at 0, and
the end is not part of it. Paths go from the data set's folder on.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from twostream.errors import InputError
from twostream.videos.formats import rows, table
from twostream.videos.formats.rows import Row
from twostream.videos.formats.table import TableRow
from twostream.videos.interval import FRAMES, SECONDS

REQUIRED = ("path", "label")
COLUMNS = (*REQUIRED, "split", "group", "start", "end", "start_frame", "end_frame")
CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)")
"""A time as 1:02.5 or 0:01:02.5."""
NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?")


def is_table(file: Path) -> bool:
    """Return whether the first line of `file` names the columns of such a table."""
    return set(REQUIRED) <= set(table.first_columns(file, COLUMNS))


def read(file: Path) -> Iterator[Row]:
    """Yield the videos that the table in `file` lists; InputError where it is none."""
    for line in table.read(file, COLUMNS, REQUIRED):
        start, end, unit = _interval(line)
        yield Row(
            where=line.where,
            path=rows.check_path(line.cells["path"], line.where),
            label=line.cells["label"],
            subset=line.cells.get("split", ""),
            recording=line.cells.get("group", ""),
            start=start,
            end=end,
            unit=unit,
        )


def _interval(line: TableRow) -> tuple[float | None, float | None, str]:
    """Return the start, the end and their unit."""
    seconds = [_seconds(line, name) for name in ("start", "end")]
    frames = [_frame(line, name) for name in ("start_frame", "end_frame")]
    if any(bound is not None for bound in seconds) and any(bound is not None for bound in frames):
        raise InputError(line.where, "has an interval in seconds and in frames", "delete one of the two")
    (start, end), unit = (frames, FRAMES) if any(bound is not None for bound in frames) else (seconds, SECONDS)
    if end is not None and end <= (start or 0):
        raise InputError(line.where, f"ends at {end:g}, not after its start, {start or 0:g}", "mend the line")
    return start, end, unit


def _seconds(line: TableRow, name: str) -> float | None:
    text = line.cells.get(name, "")
    number = text.replace(",", ".")
    clock = CLOCK.fullmatch(number)
    if clock:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    if text and not NUMBER.fullmatch(number):
        raise InputError(line.where, f"`{table.quote(text)}` in {name} is no time", "set it to seconds, or to 1:02.5")
    return float(number) if text else None


def _frame(line: TableRow, name: str) -> float | None:
    text = line.cells.get(name, "")
    if not text:
        return None
    if not NUMBER.fullmatch(text) or not math.isclose(float(text) % 1, 0):
        problem = f"`{table.quote(text)}` in {name} is no number of a frame"
        raise InputError(line.where, problem, "set it to a whole number, from 0")
    return float(int(float(text)))
