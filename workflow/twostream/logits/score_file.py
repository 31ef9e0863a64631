"""Score files of other systems: read what is in them, before it is matched to the videos of a split.

Pickles and NumPy's arrays of objects go through `pickles`; nothing in a file is run.
"""

import io
import warnings
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
from twostream.files import memory
from twostream.logits import logits_file, pickles, tables
from twostream.logits.training import Training
from twostream.text import counted

VIDEO_KEYS = ("frame_dir", "filename", "video_id", "video", "name", "vid_name", "path")
"""The keys under which an entry of a result dump may name its video."""
NAME_FIELDS = ("names", "video_id")
LABEL_FIELDS = ("labels", "label")
"""What arrays of names and of labels are called beside one that is called `scores`."""
NUMBERS = "biuf"
"""The kinds of NumPy's dtypes that count as scores."""
EXPECTED = "give (samples, classes) numbers for each video"


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores (videos, samples, classes) of a file, and what the file may say of the videos, classes and network."""

    scores: NDArray[np.float32]
    names: tuple[str, ...] | None = None
    labels: NDArray[np.int64] | None = None
    class_name: tuple[str, ...] | None = None
    chosen_on: str = selected_on.UNKNOWN
    modality: str = logits_file.UNKNOWN_MODALITY
    training: Training | None = None


def read(path: Path) -> Scores:
    """Return the scores in `path`, whose suffix says how to read it; InputError where it is not such a file."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(path, f"`{path.suffix}` is no kind of score file", f"give one of {', '.join(READERS)}")
    if not path.is_file():
        raise InputError(path, "there is no such file", "give the path of a score file")
    try:
        with memory.bounded(path), warnings.catch_warnings(), np.errstate(over="ignore"):
            warnings.simplefilter("ignore")  # NumPy warns of what is read all the same, or refused later.
            scores = reader(path)
    except (InputError, PermissionError):
        raise
    except Exception as error:  # a damaged or hostile file can make its reader raise anything
        reason = " ".join(str(error).split())
        problem = f"no scores are found in it ({reason:.100})"
        raise InputError(path, problem, "give a file of a form that docs/fusion.md lists") from error
    _check(scores, path)
    return scores


def _check(scores: Scores, path: Path) -> None:
    """Raise InputError where a video lacks a name or a label that others have."""
    videos = len(scores.scores)
    for noun, values in (("name", scores.names), ("label", scores.labels)):
        if values is not None and len(values) != videos:
            raise InputError(
                path,
                f"it has scores of {counted(videos, 'video')}, and {counted(len(values), noun)}",
                "give one for each",
            )


def _read_pickle(path: Path) -> Scores:
    with path.open("rb") as file:
        return _from_object(pickles.load(file, str(path)), path)


def _read_npy(path: Path) -> Scores:
    with path.open("rb") as file:
        stored = _load_array(file, str(path))
    return _from_object(stored[()] if stored.shape == () else stored, path)


def _read_npz(path: Path) -> Scores:
    """Read TSN's `scores` and `labels`, or `scores` with `names`."""
    with zipfile.ZipFile(path) as archive:
        stored = {
            name.removesuffix(".npy"): _load_array(io.BytesIO(archive.read(name)), f"{path}: {name}")
            for name in archive.namelist()
        }
    if "scores" not in stored:
        raise InputError(path, f"it holds {', '.join(sorted(stored)) or 'nothing'}", "add an array `scores`")
    return _from_fields(stored, path)


def _read_csv(path: Path) -> Scores:
    """Read a row a video: its name, then a number a class. A first row without numbers names the classes."""
    rows = tables.read(path)
    classes = None if tables.is_number(rows[0][-1]) else tuple(name.strip() for name in rows.pop(0)[1:])
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise InputError(path, f"its rows are of {len(widths)} lengths", "give each row a name and a number a class")
    if widths == {1}:
        raise InputError(path, "its rows have a name and no number", "give each row a name and a number a class")
    scores = np.array([[float(cell) for cell in row[1:]] for row in rows], np.float32)
    return Scores(scores=scores[:, None], names=tuple(row[0].strip() for row in rows), class_name=classes)


def _read_hdf5(path: Path) -> Scores:
    stored = logits_file.read(path)
    return Scores(
        scores=stored.logits,
        names=stored.video_id,
        labels=stored.label,
        class_name=stored.class_name,
        chosen_on=stored.chosen_on,
        modality=stored.modality,
        training=stored.training,
    )


READERS: dict[str, Callable[[Path], Scores]] = {
    ".pickle": _read_pickle,
    ".pkl": _read_pickle,
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
}


def _from_object(stored: Any, path: Path) -> Scores:
    """Return the scores in a mapping or pairs of names and scores, a list of result entries, or an array."""
    if isinstance(stored, Mapping):
        if not stored:
            raise InputError(path, "it is empty", "give the scores of videos, by name")
        if "scores" in stored and {*NAME_FIELDS, *LABEL_FIELDS} & set(stored):
            return _from_fields(stored, path)
        return _with_names(list(stored), list(stored.values()), path)
    array = _opened(stored)
    is_list = isinstance(array, (list, tuple)) or (isinstance(array, np.ndarray) and array.dtype == object)
    rows = list(map(_opened, array)) if is_list else []
    if rows:
        if all(isinstance(entry, Mapping) for entry in rows):
            return _from_entries(rows, path)
        if all(_is_pair(entry) for entry in rows):
            return _with_names([entry[0] for entry in rows], [entry[1] for entry in rows], path)
        if len(rows) == 2 and len(rows[0]) == len(rows[1]) and all(map(_is_text, rows[0])):
            return _with_names(rows[0], list(np.asarray(rows[1])), path)
    return Scores(scores=_from_array(np.asarray(array), path))


def _from_fields(stored: Mapping[str, Any], path: Path) -> Scores:
    """Return the scores in a mapping that has `scores` and, of each of them, the name or the label."""
    names = next((stored[name] for name in NAME_FIELDS if name in stored), None)
    labels = next((stored[name] for name in LABEL_FIELDS if name in stored), None)
    return Scores(
        scores=_from_array(np.asarray(stored["scores"]), path),
        names=tuple(map(_name, np.asarray(names))) if names is not None else None,
        labels=_labels(list(np.asarray(labels))) if labels is not None else None,
    )


def _with_names(names: Sequence[Any], scores: Sequence[Any], path: Path) -> Scores:
    texts = tuple(map(_name, names))
    return Scores(scores=_stacked(scores, path, texts), names=texts)


def _opened(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, pickles.Array) else value


def _is_pair(entry: Any) -> bool:
    """Return whether `entry` is the name of a video and its scores."""
    return isinstance(entry, (list, tuple, np.ndarray)) and len(entry) == 2 and _is_text(entry[0])


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, bytes))


def _from_entries(entries: Sequence[Mapping[str, Any]], path: Path) -> Scores:
    """Return the scores of mmaction2's dump: `pred_score` and `gt_label` of each video.

    Older dumps have `pred_scores` and `gt_labels`, each with an `item`.
    """
    score_key = "pred_score" if "pred_score" in entries[0] else "pred_scores"
    video_key = next((key for key in VIDEO_KEYS if all(key in entry for entry in entries)), None)
    names = tuple(_name(entry[video_key]) for entry in entries) if video_key else None
    labels = [entry.get("gt_label", entry.get("gt_labels")) for entry in entries]
    return Scores(
        scores=_stacked([_item(entry[score_key]) for entry in entries], path, names),
        names=names,
        labels=None if any(label is None for label in labels) else _labels([_item(label) for label in labels]),
    )


def _item(value: Any) -> Any:
    return value["item"] if isinstance(value, Mapping) else value


def _name(value: Any) -> str:
    """Return a video's name as text; Python 2 wrote its bytes, which a pickle's reader takes for one letter each."""
    raw = value if isinstance(value, bytes) else str(value).encode("latin1", errors="ignore")
    if isinstance(value, bytes) or raw.decode("latin1") == str(value):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin1")
    return str(value)


def _labels(values: Sequence[Any]) -> NDArray[np.int64] | None:
    """Return the class of each video, (videos,); None where a video has several."""
    labels = [np.asarray(value).reshape(-1) for value in values]
    if not all(len(label) == 1 for label in labels):
        return None
    first = [label[0] for label in labels]
    whole = [int(label) for label in first]
    if whole != first:
        raise ValueError("a label is no whole number")
    return np.array(whole, np.int64)


def _from_array(stored: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """Return the scores in an array of numbers, or in TSN's of objects: its first column holds an array a video."""
    if stored.dtype != object:
        return _stacked(list(stored), path)
    column = list(stored if stored.ndim == 1 else stored[:, 0])
    has_numbers = bool(column) and np.ndim(column[0]) == 0 and _numbers(column[0]).dtype.kind in NUMBERS
    return _stacked(list(_numbers(stored)) if has_numbers else column, path)


def _numbers(value: Any) -> NDArray[Any]:
    """Return `value` as an array; of one of objects, which may all be numbers, the array of these."""
    array = np.asarray(value)
    return np.asarray(array.tolist()) if array.dtype == object else array


def _stacked(videos: Sequence[Any], path: Path, names: Sequence[Any] | None = None) -> NDArray[np.float32]:
    """Return (videos, samples, classes), of arrays (classes,), (samples, classes) or (samples, crops, classes)."""
    names = names or [f"entry {position}" for position in range(len(videos))]
    by_video: list[NDArray[np.float32]] = []
    for name, video in zip(names, videos, strict=True):
        scores = _numbers(video)
        if scores.dtype.kind not in NUMBERS or scores.ndim not in (1, 2, 3) or 0 in scores.shape:
            raise InputError(path, f"{name} has {scores.dtype} of shape {scores.shape}", EXPECTED)
        by_video.append(_by_sample(scores.astype(np.float32)))
        if by_video[-1].shape != by_video[0].shape:
            problem = f"{name} has {by_video[-1].shape} scores (samples, classes), and {names[0]} {by_video[0].shape}"
            raise InputError(path, problem, "give as many for every video")
    return np.stack(by_video)


def _by_sample(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (samples, classes): of one sample where there is no such axis, and of the mean over crops."""
    if scores.ndim == 1:
        return scores[None]
    return scores.mean(axis=1) if scores.ndim == 3 else scores


def _load_array(file: BinaryIO, name: str) -> NDArray[Any]:
    """Read an array in NumPy's format; one of objects goes through `pickles`."""
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    if dtype.hasobject:
        return np.asarray(pickles.load(file, name)).reshape(shape)
    file.seek(0)
    return npy.read_array(file, allow_pickle=False)
