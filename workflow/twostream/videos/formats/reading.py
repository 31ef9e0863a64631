"""The split that a data set's own files make, whatever their form."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from twostream.errors import InputError
from twostream.videos import names, split_lists
from twostream.videos.formats import csv_table, folder, kinetics, rows, something
from twostream.videos.formats.form import CSV, FOLDER, KINETICS, SOMETHING, Form
from twostream.videos.splits import Split
from twostream.videos.video_names import VideoNames


def read(form: Form, videos: Path, ids: Sequence[str], number: int, skip_missing: bool = False) -> Split | None:
    """Return the split of the files `ids` in the folder `videos`, by its `form`; None where the first folder says all.

    `number` is that of the split lists. InputError where the data set's own files cannot be read, or name a video that
    is not there or, with `skip_missing`, none that is.
    """
    if form.source is not None and form.has_lists:
        return split_lists.read_for(videos, ids, form.source, number, skip_missing)
    if form.source is None and form.depth == 1 and not form.has_subsets:
        return None
    by_name = VideoNames(videos, ids) if form.name in (FOLDER, CSV) else StemNames(videos, ids)
    split = _annotated(form, ids, by_name)
    if not skip_missing:
        by_name.check()
    elif not split.label_of:
        raise InputError(videos, f"holds none of the videos that {form.source} lists", "choose the folder of these")
    return replace(split, missing=by_name.absent)


def files(form: Form, number: int) -> tuple[Path, ...]:
    """Return the files that the split is read from, whether they are there or not."""
    if form.source is None:
        return ()
    match form.name:
        case "ucf101" | "hmdb51":
            return split_lists.files(form.source, number)
        case "kinetics":
            return tuple(kinetics.tables(form.source))
        case "something-something":
            return tuple(something.files(form.source).values())
        case _:
            return (form.source,)


class StemNames(VideoNames):
    """The files of a data set by the stems of their names alone, whichever folders they lie in."""

    def __init__(self, folder: Path, ids: Sequence[str]) -> None:
        super().__init__(folder, ids)
        self._by_stem: dict[str, list[str]] = {}
        for id in sorted(ids):
            if names.is_video(id) or not names.suffix(id):
                self._by_stem.setdefault(PurePosixPath(id).stem, []).append(id)

    def find(self, name: str, file: Path) -> str | None:
        """Return the id of the file whose stem is `name`; InputError where there are two."""
        ids = self._by_stem.get(name, [])
        if len(ids) > 1:
            raise InputError(file, f"{name} may be {ids[0]} or {ids[1]}", "delete one of the two")
        return ids[0] if ids else None


def _annotated(form: Form, ids: Sequence[str], by_name: VideoNames) -> Split:
    """Return the split of a form with rows of its own."""
    source = form.source or Path()
    match form.name:
        case "folder":
            return rows.to_split(folder.read(ids, form), by_name, kind="", words="the first folder's name")
        case "csv":
            words = f"the column split of {source.name}"
            return rows.to_split(csv_table.read(source), by_name, kind=CSV, words=words, source=source)
        case "kinetics":
            words = f"Kinetics' tables in {source.name}"
            listed = kinetics.read(kinetics.tables(source))
            return rows.to_split(listed, by_name, kind=KINETICS, words=words, source=source)
        case "something-something":
            parts = something.files(source)
            class_names = something.read_classes(parts["labels"])
            listed = something.read(parts, class_names)
            words = "Something-Something's train.json and validation.json"
            return rows.to_split(listed, by_name, kind=SOMETHING, words=words, class_names=class_names, source=source)
    raise ValueError(f"no form {form.name}")
