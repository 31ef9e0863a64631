"""Which form a data set has, found out from its folder and what lies beside it, or as the settings say."""

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from twostream.errors import InputError
from twostream.videos import listing, names, split_lists
from twostream.videos.formats import csv_table, folder, kinetics, something
from twostream.videos.formats.form import AUTO, CSV, FOLDER, HMDB51, KINETICS, SOMETHING, UCF101, Form

BESIDE = ("", "annotations", "labels", "annotation", "label")
"""Folders in the data set's and beside it in which annotations are published."""
TABLES = (".csv", ".tsv", ".txt")
MOST_FILES = 50
"""Tables of a folder that are looked into."""
MOST_ROWS = 100
"""Rows of a table beside the folder whose files are looked for in it."""
LOOKED_FOR = {
    UCF101: "a folder of classInd.txt, trainlist01.txt and testlist01.txt",
    HMDB51: "a folder of CLASS_test_split1.txt",
    KINETICS: "a table, or a folder of tables, with the columns label, youtube_id, time_start and time_end",
    SOMETHING: "a folder of labels.json, train.json and validation.json",
    CSV: "a table with the columns path and label",
}
"""What a form's own files are, for messages."""


def detect(videos: Path, dataset: Mapping[str, Any], cache_root: Path | None = None) -> Form:
    """Return the form of the data set in the folder `videos`: see `_detect`; without a video file, of pictures."""
    files = list(islice((file for file in listing.walk(videos, cache_root) if names.is_video(file.id)), 1))
    pictures = not files and next(iter(_folders_of_pictures(videos, cache_root)), None) is not None
    return replace(_detect(videos, dataset, cache_root, pictures), pictures=pictures)


def _folders_of_pictures(videos: Path, cache_root: Path | None) -> Iterator[str]:
    return (file.id for file in listing.walk(videos, cache_root, pictures=True) if (videos / file.id).is_dir())


def _detect(videos: Path, dataset: Mapping[str, Any], cache_root: Path | None, pictures: bool) -> Form:
    """Return the form of the data set in the folder `videos` by the settings of the section `dataset`.

    Of a form that is `auto`, the first is taken whose files are there: those that the settings name, split lists, then
    annotations in the folder or beside it; else the folders are the classes. InputError where the files of the form
    that was asked for are not there.
    """
    name = CSV if dataset["labels"] == "csv" else dataset["format"]
    annotations = Path(dataset["annotations"]) if dataset["annotations"] else None
    if annotations is not None and not annotations.exists():
        raise InputError("dataset.annotations", f"{annotations} is not there", "choose a file or folder that is")
    if name in (AUTO, UCF101, HMDB51) and annotations is None:
        lists = _split_lists(videos, dataset, name)
        if lists is not None:
            return lists
    if name in (AUTO, KINETICS, SOMETHING, CSV):
        form = _annotated(videos, name, annotations)
        if form is not None:
            return form
    if name in (AUTO, FOLDER) and annotations is None:
        return folder.detect(videos, dataset["depth"], dataset["labels"], cache_root, pictures)
    if name == AUTO:
        problem = f"{annotations} is neither {LOOKED_FOR[CSV]}, nor {LOOKED_FOR[KINETICS]}, nor {LOOKED_FOR[SOMETHING]}"
        raise InputError("dataset.annotations", problem, "choose another one")
    if annotations is not None:
        problem = f"{annotations} is not {LOOKED_FOR[name]}" if name in LOOKED_FOR else f"{name} has none"
        raise InputError("dataset.annotations", problem, "choose another one, or set dataset.format to auto")
    setting = "dataset.splits" if name in (UCF101, HMDB51) else "dataset.annotations"
    problem = f"{LOOKED_FOR[name]} is neither in {videos} nor beside it"
    raise InputError("dataset.format", f"is {name}, and {problem}", f"set {setting} to it, or the format to auto")


def _split_lists(videos: Path, dataset: Mapping[str, Any], name: str) -> Form | None:
    """Return UCF101's or HMDB51's form where its lists are there, and of the form that was asked for by its `name`."""
    named = Path(dataset["splits"]) if dataset["splits"] else None
    lists = split_lists.find(videos, named, dataset["split"])
    if lists is None:
        return None
    kind = HMDB51 if split_lists.kind(lists) == split_lists.HMDB51 else UCF101
    if name not in (AUTO, kind):
        return None
    what = "CLASS_test_splitN.txt" if kind == HMDB51 else "classInd.txt and its lists"
    how = "are in the folder that dataset.splits names" if named else f"are in {_path(lists, videos)}"
    return Form(name=kind, reason=f"{what} {how}", source=lists)


def _annotated(videos: Path, name: str, annotations: Path | None) -> Form | None:
    """Return the form whose annotations are at that path, else in the folder `videos` or beside it."""
    for source in [annotations] if annotations else _places(videos):
        if name in (AUTO, SOMETHING) and something.files(source):
            reason = f"labels.json, train.json and validation.json are in {_path(source, videos)}"
            return Form(name=SOMETHING, reason=reason, source=source, depth=None)
        if name in (AUTO, KINETICS) and (tables := _kinetics(source, annotations is not None)):
            reason = f"{_path(tables[0], videos)} has the columns of Kinetics"
            return Form(name=KINETICS, reason=reason, source=source, depth=None)
        if name in (AUTO, CSV):
            for file in [source] if name == CSV and source.is_file() else _tables(source):
                if annotations or name == CSV or _is_of(file, videos):
                    reason = f"{_path(file, videos)} has the columns path and label"
                    return Form(name=CSV, reason=reason, source=file, depth=None)
    return None


def _kinetics(source: Path, is_named: bool) -> list[Path]:
    """Return the tables of Kinetics at `source`; a file that nobody named is one by its first line."""
    files = kinetics.tables(source)
    return [file for file in files if kinetics.is_table(file)] if source.is_dir() or is_named else []


def _tables(source: Path) -> Iterator[Path]:
    """Yield the plain tables in the folder `source`, or that file."""
    try:
        files = sorted(source.iterdir()) if source.is_dir() else [source]
    except OSError:
        return
    suitable = (file for file in files if (file == source or file.suffix.lower() in TABLES) and file.is_file())
    yield from (file for file in islice(suitable, MOST_FILES) if csv_table.is_table(file))


def _is_of(file: Path, videos: Path) -> bool:
    """Return whether the table in `file` is in the folder `videos` or, beside it, names a file there in its first rows.

    One in the folder is meant, whatever it names: its fault is to be told, and its videos may all be missing.
    """
    if file.is_relative_to(videos):
        return True
    try:
        return any(_is_there(videos / row.path) for row in islice(csv_table.read(file), MOST_ROWS))
    except (InputError, OSError):
        return False


def _is_there(path: Path) -> bool:
    """Return whether a file has this `path`, or has it with another suffix."""
    return path.exists() or any(path.parent.glob(f"{glob.escape(names.without_suffix(path.name))}.*"))


def _places(videos: Path) -> Iterator[Path]:
    """Yield the folders in which annotations are looked for."""
    for outer in (videos, videos.absolute().parent):
        yield from (outer / name for name in BESIDE if (outer / name).is_dir())


def _path(path: Path, videos: Path) -> str:
    """Return `path` from the folder on in which the folder `videos` lies: the same wherever that is."""
    return os.path.relpath(path, videos.absolute().parent)
