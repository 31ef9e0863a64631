"""Score files that others write: what is in them, before it is matched to the videos of a split.

Pickles and NumPy's arrays of objects go through `unpickling`; nothing in a file is run.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from twostream import selected_on
from twostream.errors import InputError
from twostream.logits import logits_file, pickles

NAMES = ("frame_dir", "filename", "video_id", "video", "name", "vid_name", "path")
"""Where a result dump may say which video an entry is of."""
NUMBERS = "biuf"


@dataclass(frozen=True)
class Scores:
    """Scores (videos, samples, classes) of a file, and what it says of them.

    That may be whose they are, what is right, the classes' names, and what the network's epoch was chosen on.
    """

    scores: NDArray[np.float32]
    names: tuple[str, ...] | None = None
    labels: NDArray[np.int64] | None = None
    class_name: tuple[str, ...] | None = None
    chosen_on: str = selected_on.UNKNOWN
    modality: str = logits_file.UNKNOWN_MODALITY


def read(path: Path) -> Scores:
    """The scores in `path`, whose suffix says how to read it; InputError where it is not such a file."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: `{path.suffix}` is no kind of score file: there are {', '.join(READERS)}")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file: give the path of a score file")
    try:
        return reader(path)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        told = " ".join(str(error).split())
        raise InputError(
            f"{path}: its scores cannot be made out ({told:.100}): see docs/fusion.md for what is read"
        ) from error


def _read_pickle(path: Path) -> Scores:
    with path.open("rb") as file:
        return _from_object(pickles.load(file, str(path)), path)


def _read_npy(path: Path) -> Scores:
    with path.open("rb") as file:
        stored = _load_array(file, str(path))
    return _from_object(stored[()] if stored.shape == () else stored, path)


def _read_npz(path: Path) -> Scores:
    """TSN's `scores` and `labels`, or `scores` with `names`."""
    with zipfile.ZipFile(path) as archive:
        stored = {
            name.removesuffix(".npy"): _load_array(io.BytesIO(archive.read(name)), f"{path}: {name}")
            for name in archive.namelist()
        }
    if "scores" not in stored:
        raise InputError(f"{path}: it has {', '.join(sorted(stored)) or 'nothing'}: an array `scores` is expected")
    names = next((stored[name] for name in ("names", "video_id") if name in stored), None)
    labels = stored.get("labels", stored.get("label"))
    return Scores(
        _from_array(stored["scores"], path),
        tuple(str(name) for name in names) if names is not None else None,
        _labels(list(labels)) if labels is not None else None,
    )


def _read_csv(path: Path) -> Scores:
    """A row a video: its name, then a number a class; a first row of other words names the classes."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    if not rows:
        raise InputError(f"{path}: it is empty: a row a video is expected, its name and then a number a class")
    classes = None if _is_number(rows[0][-1]) else tuple(name.strip() for name in rows.pop(0)[1:])
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise InputError(
            f"{path}: its rows are of {len(widths)} lengths: a name and then a number a class are expected"
        )
    scores = np.array([[float(cell) for cell in row[1:]] for row in rows], np.float32)
    return Scores(scores[:, None], tuple(row[0] for row in rows), None, classes)


def _read_hdf5(path: Path) -> Scores:
    stored = logits_file.read(path)
    return Scores(
        scores=stored.logits,
        names=stored.video_id,
        labels=stored.label,
        class_name=stored.class_name,
        chosen_on=stored.chosen_on,
        modality=stored.modality,
    )


READERS: dict[str, Callable[[Path], Scores]] = {
    ".pickle": _read_pickle,
    ".pkl": _read_pickle,
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
}


def _from_object(stored: Any, path: Path) -> Scores:
    """A mapping of names to scores, a list of result entries, or an array."""
    if isinstance(stored, Mapping):
        if not stored:
            raise InputError(f"{path}: it is empty: the scores of videos, by name, are expected")
        return Scores(_stacked(list(stored.values()), path, list(stored)), tuple(str(name) for name in stored))
    if isinstance(stored, (list, tuple)) and stored and all(isinstance(entry, Mapping) for entry in stored):
        return _from_entries(stored, path)
    return Scores(_from_array(np.asarray(stored), path))


def _from_entries(entries: Sequence[Mapping[str, Any]], path: Path) -> Scores:
    """mmaction2's dump: `pred_score` and `gt_label`, the older ones with `pred_scores` and `gt_labels` of an `item`."""
    key = "pred_score" if "pred_score" in entries[0] else "pred_scores"
    named = next((name for name in NAMES if all(name in entry for entry in entries)), None)
    names = tuple(str(entry[named]) for entry in entries) if named else None
    labels = [entry.get("gt_label", entry.get("gt_labels")) for entry in entries]
    known = _labels([_item(label) for label in labels]) if all(label is not None for label in labels) else None
    return Scores(_stacked([_item(entry[key]) for entry in entries], path, names), names, known)


def _item(value: Any) -> Any:
    return value["item"] if isinstance(value, Mapping) else value


def _labels(values: Sequence[Any]) -> NDArray[np.int64] | None:
    """One class a video; None where a video has several."""
    found = [np.asarray(value).reshape(-1) for value in values]
    return np.array([label[0] for label in found], np.int64) if all(len(label) == 1 for label in found) else None


def _from_array(stored: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """An array of numbers, or TSN's of objects, whose first column holds (samples, crops, classes) each."""
    if stored.dtype == object:
        column = stored if stored.ndim == 1 else stored[:, 0]
        return _stacked(list(column), path)
    return _stacked(list(stored), path)


def _stacked(videos: Sequence[Any], path: Path, names: Sequence[Any] | None = None) -> NDArray[np.float32]:
    """(videos, samples, classes) of arrays (classes,), (samples, classes) or (samples, crops, classes)."""
    made = []
    for place, video in enumerate(videos):
        scores = np.asarray(video)
        if scores.dtype.kind not in NUMBERS or scores.ndim not in (1, 2, 3) or 0 in scores.shape:
            who = names[place] if names else f"entry {place}"
            raise InputError(f"{path}: {who}: {scores.dtype} of shape {scores.shape}: (samples, classes) is expected")
        made.append(_by_sample(scores.astype(np.float32)))
        if made[-1].shape != made[0].shape:
            who, first = (names[place], names[0]) if names else (f"entry {place}", "entry 0")
            told = f"{made[-1].shape} scores (samples, classes) where {first} has {made[0].shape}"
            raise InputError(f"{path}: {who}: {told}: they must be as many in every video")
    return np.stack(made)


def _by_sample(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    return scores[None] if scores.ndim == 1 else scores.mean(axis=1) if scores.ndim == 3 else scores


def _load_array(file: BinaryIO, name: str) -> NDArray[Any]:
    """An array in NumPy's format; one of objects is unpickled by our own rules."""
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    if dtype.hasobject:
        return np.asarray(pickles.load(file, name)).reshape(shape)
    file.seek(0)
    return npy.read_array(file, allow_pickle=False)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
