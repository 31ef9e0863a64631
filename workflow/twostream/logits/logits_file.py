"""Per-frame scores as a file, the contract between the networks and everything after them.

HDF5: `/logits` float32 (videos, samples, classes), `/video_id`, `/label`, `/frame_index` (videos, samples),
`/class_name`, `/split`, `/group`. The attributes of the file say how they were made, among them `chosen_on`: on which
videos the network's epoch was selected. The attribute `modality` of `/logits` says what the network sees.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream import selected_on
from twostream.cache import provenance
from twostream.cache.stages import DUMP_LOGITS, WRITE_STACKS
from twostream.errors import RERUN, InputError
from twostream.files import atomic, hdf5

TEXTS = ("video_id", "class_name", "split", "group")
MODALITIES = ("rgb", "rgb_diff", "flow")
UNKNOWN_MODALITY = "unknown"


@dataclass(frozen=True, kw_only=True)
class Logits:
    """Scores of V videos at S places for C classes, and what is known of the videos and of the network.

    `split` says test or validation of each video, `group` its recording. `chosen_on` is one of
    `selected_on.EPOCH_SELECTED_ON`, `modality` one of MODALITIES or UNKNOWN_MODALITY.
    """

    logits: NDArray[np.float32]
    video_id: tuple[str, ...]
    label: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    class_name: tuple[str, ...]
    split: tuple[str, ...]
    group: tuple[str, ...]
    chosen_on: str = selected_on.UNKNOWN
    modality: str = UNKNOWN_MODALITY


def write(path: Path, scores: Logits, attributes: dict[str, str]) -> None:
    """Write `scores` to `path`, and `attributes`, which say what made them."""
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        logits = file.create_dataset("logits", data=scores.logits, fletcher32=True)
        hdf5.write_text_attrs(logits, modality=scores.modality)
        file["label"] = scores.label
        file["frame_index"] = scores.frame_index
        for name in TEXTS:
            file.create_dataset(name, data=getattr(scores, name), dtype=h5py.string_dtype())
        file.attrs.update(attributes)
        hdf5.write_text_attrs(file, chosen_on=scores.chosen_on)


def read(path: Path) -> Logits:
    """Return the scores in `path`; InputError where it is not such a file or its scores are not finite."""
    try:
        with hdf5.open_file(path, "r") as file:
            stored: dict[str, Any] = {name: tuple(file[name].asstr()[:]) for name in TEXTS}
            stored |= {name: file[name][:] for name in ("logits", "label", "frame_index")}
            stored["chosen_on"] = _word(file, "chosen_on", selected_on.UNKNOWN)
            modality = _word(file["logits"], "modality", UNKNOWN_MODALITY)
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(path, error)
        raise InputError(
            path, f"not a file of logits ({error})", f"give a whole one, or move it away and {RERUN}"
        ) from error
    scores = Logits(**stored, modality=_modality_of_inputs(path) if modality == UNKNOWN_MODALITY else modality)
    _check(scores, path)
    return scores


def is_ours(path: Path) -> bool:
    """Return whether the file at `path` holds scores in the form that `write` gives them."""
    try:
        read(path)
    except InputError:
        return False
    return True


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


def _check(scores: Logits, path: Path) -> None:
    videos, _, classes = scores.logits.shape
    if len(scores.video_id) != videos or len(scores.class_name) != classes:
        names = f"{len(scores.video_id)} videos and {len(scores.class_name)} classes"
        raise InputError(path, f"{videos} x {classes} scores for {names}", "give a file in which they are as many")
    _check_word(path, "chosen_on", scores.chosen_on, selected_on.EPOCH_SELECTED_ON)
    _check_word(path, "modality", scores.modality, (*MODALITIES, UNKNOWN_MODALITY))
    wrong = ~np.isfinite(scores.logits).all(axis=(1, 2))
    if wrong.any():
        video = scores.video_id[int(wrong.argmax())]
        raise InputError(path, f"the scores of {video} are not finite", "give finite scores for all videos")


def _check_word(path: Path, name: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise InputError(path, f"{name} is `{word}`", f"set it to one of {', '.join(allowed)}")
