"""Kinetics: tables of label, youtube_id, time_start, time_end and split; files are called ID_000010_000020.mp4.

The files are the clips, cut as the tables say, in any folders below the data set's. Rows without a label, as those of
the published test set are, are left out (Kay et al., "The Kinetics Human Action Video Dataset", 2017).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from twostream.errors import InputError
from twostream.videos.formats import table
from twostream.videos.formats.rows import Row
from twostream.videos.formats.table import TableRow

REQUIRED = ("label", "youtube_id", "time_start", "time_end")
COLUMNS = (*REQUIRED, "split", "is_cc")


def is_table(file: Path) -> bool:
    """Return whether the first line of `file` names Kinetics' columns; the test set's lacks the label."""
    return set(REQUIRED[1:]) <= set(table.first_columns(file, COLUMNS))


def tables(source: Path) -> list[Path]:
    """Return the tables in the folder `source`, or that file."""
    if source.is_dir():
        files = (file for file in source.iterdir() if file.suffix.lower() in (".csv", ".tsv") and file.is_file())
        return sorted(filter(is_table, files))
    return [source]


def read(files: Sequence[Path]) -> Iterator[Row]:
    """Yield the videos that the tables list; `path` is the name of a file without its folder and suffix."""
    for file in files:
        has_label = "label" in table.first_columns(file, COLUMNS)
        for line in table.read(file, COLUMNS, REQUIRED if has_label else REQUIRED[1:]):
            if line.cells.get("label"):
                # A table without the column is a subset that its name says.
                subset = line.cells.get("split") or file.stem.rpartition("_")[2].rpartition("-")[2]
                yield Row(
                    where=line.where,
                    path=_name(line),
                    label=line.cells["label"],
                    subset=subset,
                    recording=line.cells["youtube_id"],
                )


def _name(line: TableRow) -> str:
    id, start, end = (line.cells[name] for name in ("youtube_id", "time_start", "time_end"))
    try:
        first, last = int(float(start)), int(float(end))
    except (ValueError, OverflowError) as error:
        problem = f"time_start and time_end are `{table.quote(start)}` and `{table.quote(end)}`"
        raise InputError(line.where, problem, "set them to seconds") from error
    if not id or "/" in id or "\\" in id or id.startswith("."):
        raise InputError(line.where, f"`{table.quote(id)}` is no id of a video", "mend the line")
    return f"{id}_{first:06d}_{last:06d}"
