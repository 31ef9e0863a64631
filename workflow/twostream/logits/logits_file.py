"""Per-frame scores as a file, the contract between the networks and everything after them.

HDF5: `/logits` float32 (videos, samples, classes), `/video_id`, `/label`, `/frame_index` (videos, samples),
`/class_name`, `/split`, `/group`. The attributes of the file say how they were made, among them `chosen_on`: on which
videos the network's epoch was selected. The attribute `modality` of `/logits` says what the network sees. Where it is
known, `/in_training` says of each video whether the network was trained on it, and the attribute `training` how.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream import selected_on
from twostream.cache import provenance
from twostream.cache.stages import DUMP_LOGITS, WRITE_STACKS
from twostream.errors import RERUN, RERUN_WORKFLOW, InputError
from twostream.files import atomic, hdf5, memory
from twostream.logits import training
from twostream.logits.training import Training
from twostream.text import printable

TEXTS = ("video_id", "class_name", "split", "group")
ARRAYS = ("logits", "label", "frame_index")
SUBSETS = ("test", "validation")
"""The words of `split`."""
MODALITIES = ("rgb", "rgb_diff", "flow")
UNKNOWN_MODALITY = "unknown"

_FAULTS = (*hdf5.DAMAGE, AttributeError, IndexError, TypeError, ValueError)
"""What reading a file raises that is damaged or of another form."""


@dataclass(frozen=True, kw_only=True)
class ScoredVideos:
    """What is known of V videos that a network saw at S places each, and of the network.

    `frame_index` (V, S) says where. `split` says test, validation or, in features alone, train of each video, `group`
    its recording. `chosen_on` is one of `selected_on.EPOCH_SELECTED_ON`, `modality` one of MODALITIES or
    UNKNOWN_MODALITY. `training` is None where nobody wrote down what the network was trained on.
    """

    video_id: tuple[str, ...]
    label: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    class_name: tuple[str, ...]
    split: tuple[str, ...]
    group: tuple[str, ...]
    chosen_on: str = selected_on.UNKNOWN
    modality: str = UNKNOWN_MODALITY
    training: Training | None = None


@dataclass(frozen=True, kw_only=True)
class Logits(ScoredVideos):
    """Scores (V, S, C) of the videos at these places for C classes."""

    logits: NDArray[np.float32]


def write(path: Path, scores: Logits, attributes: dict[str, str]) -> None:
    """Write `scores` to `path`, and `attributes`, which say what made them."""
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        logits = file.create_dataset("logits", data=scores.logits, fletcher32=True)
        hdf5.write_text_attrs(logits, modality=scores.modality)
        file["label"] = scores.label
        file["frame_index"] = scores.frame_index
        for name in TEXTS:
            file.create_dataset(name, data=getattr(scores, name), dtype=h5py.string_dtype())
        if scores.training:
            training.write(file, scores.training)
        file.attrs.update(attributes)
        hdf5.write_text_attrs(file, chosen_on=scores.chosen_on, checksum=_checksum(scores))


def read(path: Path) -> Logits:
    """Return the scores in `path`; InputError where it is not such a file, is damaged, or holds what no scores are.

    A file of an earlier version, or of another system, has no checksum and is taken as it is.
    """
    with opened(path, "logits") as file:
        scores, checksum = _read(file)
    check(scores, path)
    if checksum not in ("", _checksum(scores)):
        remedy = "give a whole one, or delete its attribute `checksum` where the change is meant"
        raise InputError(path, "has another checksum than when it was written", remedy)
    return replace(scores, modality=_modality_of_inputs(path)) if scores.modality == UNKNOWN_MODALITY else scores


@contextmanager
def opened(path: Path, contents: str) -> Iterator[h5py.File]:
    """Open `path` to read it; InputError where it is damaged or, as what is read of it shows, no file of `contents`."""
    if provenance.is_changed(path):
        raise InputError(path, "is damaged", f"{RERUN_WORKFLOW}, which makes it anew")
    try:
        with memory.bounded(path), hdf5.open_file(path, "r") as file:
            yield file
    except _FAULTS as error:
        hdf5.raise_if_system_error(path, error)
        reason = " ".join(str(error).split())
        raise InputError(
            path, f"not a file of {contents} ({reason})", f"give a whole one, or move it away and {RERUN}"
        ) from error


def check(scores: Logits, source: object) -> None:
    """Raise InputError, which names the `source` of `scores`, where they hold what no scores are."""
    _check_shapes(scores, source)
    _check_values(scores, source)


def _read(file: h5py.File) -> tuple[Logits, str]:
    """Return the scores in `file`, and its checksum, an empty text where it has none."""
    for name in (*TEXTS, *ARRAYS, *([training.IN_TRAINING] if training.IN_TRAINING in file else [])):
        hdf5.check_own(file, name)
    stored: dict[str, Any] = {name: tuple(file[name].asstr()[:]) for name in TEXTS}
    stored |= {name: file[name][:] for name in ARRAYS}
    stored["chosen_on"] = _word(file, "chosen_on", selected_on.UNKNOWN)
    stored["modality"] = _word(file["logits"], "modality", UNKNOWN_MODALITY)
    stored["training"] = training.read(file)
    return Logits(**stored), _word(file, "checksum", "")


def _checksum(scores: Logits) -> str:
    """Return the SHA-256 of all arrays and texts of `scores`; HDF5 has a checksum of the attributes."""
    digest = hashlib.sha256(np.ascontiguousarray(scores.logits, "<f4").tobytes())
    for places in (scores.label, scores.frame_index):
        digest.update(np.ascontiguousarray(places, "<i8").tobytes())
    texts = [[*getattr(scores, name)] for name in TEXTS]
    digest.update(json.dumps([scores.logits.shape, *texts]).encode())
    if scores.training:
        digest.update(scores.training.in_training.astype(np.uint8).tobytes())
    return digest.hexdigest()


def _word(item: h5py.File | h5py.Dataset, name: str, missing: str) -> str:
    """Return the attribute `name`, which files of other systems lack or hold as a text of any length."""
    word = item.attrs.get(name, missing)
    return word.decode(errors="replace") if isinstance(word, bytes) else str(word)


def _modality_of_inputs(path: Path) -> str:
    """Return the modality by the provenance of a file of dump_logits, which need not name it itself."""
    record = provenance.read(path.parent)
    if record.get("stage") != DUMP_LOGITS.name:
        return UNKNOWN_MODALITY
    inputs = [path.parent / name for name in record["inputs"]]
    trained = [provenance.read(file.parent).get("settings", {}) for file in inputs]
    stacks = [file.stem for file in inputs if file.parent.parent.name == WRITE_STACKS.name]
    words = [settings["modality"] for settings in trained if "modality" in settings]
    return next(iter([*words, *stacks]), UNKNOWN_MODALITY)


def _check_shapes(scores: Logits, path: object) -> None:
    """Raise InputError where the parts of `scores` do not fit one another."""
    if scores.logits.dtype.kind not in "fiu" or scores.logits.ndim != 3 or 0 in scores.logits.shape:
        problem = f"/logits is {scores.logits.dtype} of shape {scores.logits.shape}"
        raise InputError(path, problem, "give numbers of shape (videos, samples, classes)")
    videos, samples, classes = scores.logits.shape
    lengths = {"video_id": videos, "split": videos, "group": videos, "class_name": classes}
    wrong = [
        f"{len(getattr(scores, name))} in /{name}" for name in TEXTS if len(getattr(scores, name)) != lengths[name]
    ]
    shapes = {"label": (videos,), "frame_index": (videos, samples), training.IN_TRAINING: (videos,)}
    arrays = [*_places(scores), *([(training.IN_TRAINING, scores.training.in_training)] if scores.training else [])]
    wrong += [f"{values.shape} in /{name}" for name, values in arrays if values.shape != shapes[name]]
    if wrong:
        problem = f"{videos} x {samples} x {classes} scores, and {wrong[0]}"
        raise InputError(path, problem, "give a file in which they are as many")


def _check_values(scores: Logits, path: object) -> None:
    """Raise InputError where `scores` hold a number or a word that they cannot."""
    classes = scores.logits.shape[2]
    for name, values in _places(scores):
        if values.dtype.kind not in "iu":
            raise InputError(path, f"/{name} is {values.dtype}", "give whole numbers")
    if scores.label.min() < 0 or scores.label.max() >= classes:
        problem = f"a label is {scores.label.min()} or {scores.label.max()}"
        raise InputError(path, problem, f"give labels from 0 to {classes - 1}, the position of the class")
    for word in dict.fromkeys(scores.split):
        _check_word(path, "a split", word, SUBSETS)
    _check_word(path, "chosen_on", scores.chosen_on, selected_on.EPOCH_SELECTED_ON)
    _check_word(path, "modality", scores.modality, (*MODALITIES, UNKNOWN_MODALITY))
    infinite = ~np.isfinite(scores.logits).all(axis=(1, 2))
    if infinite.any():
        video = printable(scores.video_id[int(infinite.argmax())])
        raise InputError(path, f"the scores of {video} are not finite", "give finite scores for all videos")


def _places(scores: Logits) -> list[tuple[str, NDArray[np.int64]]]:
    return [("label", scores.label), ("frame_index", scores.frame_index)]


def _check_word(path: object, name: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise InputError(path, f"{name} is `{word:.80}`", f"set it to one of {', '.join(allowed)}")
