"""Cached per-frame scores, the contract between the networks and everything after them.

HDF5: `/logits` float32 (videos, samples, classes), `/video_id`, `/label`, `/frame_index` (videos,
samples), `/class_name`, `/split`, `/group`; how they were made stands in the attributes, of which `chosen_on` says
what the network's epoch was chosen on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream import selected_on
from twostream.errors import InputError
from twostream.files import atomic, hdf5

TEXTS = ("video_id", "class_name", "split", "group")


@dataclass(frozen=True)
class Logits:
    """Scores of V videos at S places for C classes, whose they are, and what their network's epoch was chosen on."""

    logits: NDArray[np.float32]
    video_id: tuple[str, ...]
    label: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    class_name: tuple[str, ...]
    split: tuple[str, ...]
    group: tuple[str, ...]
    chosen_on: str = selected_on.UNKNOWN


def write(path: Path, scores: Logits, provenance: dict[str, str]) -> None:
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        file.create_dataset("logits", data=scores.logits, fletcher32=True)
        file["label"] = scores.label
        file["frame_index"] = scores.frame_index
        for name in TEXTS:
            file.create_dataset(name, data=getattr(scores, name), dtype=h5py.string_dtype())
        file.attrs.update(provenance)
        hdf5.write_text_attrs(file, chosen_on=scores.chosen_on)


def read(path: Path) -> Logits:
    """The scores in `path`; InputError where it is not such a file or its scores are not finite."""
    try:
        with h5py.File(path, "r") as file:
            stored: dict[str, Any] = {name: tuple(file[name].asstr()[:]) for name in TEXTS}
            stored |= {name: file[name][:] for name in ("logits", "label", "frame_index")}
            stored["chosen_on"] = _chosen_on(file)
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(path, error)
        raise InputError(f"{path}: not a file of logits ({error}): delete it, run again") from error
    scores = Logits(**stored)
    _check(scores, path)
    return scores


def _chosen_on(file: h5py.File) -> str:
    """Files of other systems do not say, or as a text of any length."""
    word = file.attrs.get("chosen_on", selected_on.UNKNOWN)
    return word.decode(errors="replace") if isinstance(word, bytes) else str(word)


def _check(scores: Logits, path: Path) -> None:
    videos, _, classes = scores.logits.shape
    if len(scores.video_id) != videos or len(scores.class_name) != classes:
        raise InputError(
            f"{path}: {videos} x {classes} scores for {len(scores.video_id)} videos and "
            f"{len(scores.class_name)} classes: they must be as many"
        )
    if scores.chosen_on not in selected_on.EPOCH_SELECTED_ON:
        raise InputError(
            f"{path}: chosen_on is `{scores.chosen_on}`: allowed are {', '.join(selected_on.EPOCH_SELECTED_ON)}"
        )
    wrong = ~np.isfinite(scores.logits).all(axis=(1, 2))
    if wrong.any():
        raise InputError(f"{path}: the scores of {scores.video_id[int(wrong.argmax())]} are not finite")
