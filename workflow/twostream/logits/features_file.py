"""What a network's classifier sees of each sample, as a file in the form of the logits.

HDF5: `/features` float32 or float16 (videos, samples, dims); `/video_id`, `/label`, `/frame_index`, `/class_name`,
`/split` and `/group` as in a file of logits, where `/split` may say train too; `/classifier_weight` (classes, dims) and
`/classifier_bias` (classes) of the network, which make the logits of the features.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream import selected_on
from twostream.errors import InputError
from twostream.files import atomic, hdf5
from twostream.logits import logits_file
from twostream.logits.logits_file import ScoredVideos

NUMBERS = ("label", "frame_index", "classifier_weight", "classifier_bias")
"""The arrays beside the features themselves."""


@dataclass(frozen=True, kw_only=True)
class Features(ScoredVideos):
    """What the classifier sees, (V, S, dims), and the classifier: its weights (C, dims) and biases (C,)."""

    features: NDArray[np.float32]
    classifier_weight: NDArray[np.float32]
    classifier_bias: NDArray[np.float32]

    @property
    def logits(self) -> NDArray[np.float32]:
        """The network's own logits (V, S, C) of the features."""
        scores: NDArray[np.float32] = self.features.astype(np.float32) @ self.classifier_weight.T + self.classifier_bias
        return scores

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All parts by their names in a file; texts as arrays of text."""
        texts = {name: np.array(getattr(self, name), dtype=np.str_) for name in logits_file.TEXTS}
        return {name: getattr(self, name) for name in ("features", *NUMBERS)} | texts


def write(
    path: Path,
    videos: ScoredVideos,
    rows: Iterable[NDArray[np.float32]],
    classifier: tuple[NDArray[np.float32], NDArray[np.float32]],
    precision: str = "float32",
) -> None:
    """Write `rows`, the features (samples, dims) of each of the `videos`, and what is known of these.

    InputError where a number is too large for `precision`, float32 or float16.
    """
    shape = (*videos.frame_index.shape, classifier[0].shape[1])
    with atomic.replacing(path) as beside, hdf5.create(beside) as file:
        chunk = (1, *shape[1:])
        features = file.create_dataset("features", shape, precision, chunks=chunk, fletcher32=True)
        for number, row in enumerate(rows):
            features[number] = _rounded(row, precision, path)
            hdf5.raise_if_unwritten(file)
        numbers: list[NDArray[Any]] = [videos.label, videos.frame_index, *classifier]
        for name, values in zip(NUMBERS, numbers, strict=True):
            file.create_dataset(name, data=values, chunks=values.shape, fletcher32=True)
        for name in logits_file.TEXTS:
            file.create_dataset(name, data=getattr(videos, name), dtype=h5py.string_dtype())
        hdf5.write_text_attrs(features, modality=videos.modality)
        hdf5.write_text_attrs(file, chosen_on=videos.chosen_on)


def read(path: Path) -> Features:
    """Return the features in `path`; InputError where it is not such a file, or is damaged."""
    with logits_file.opened(path, "features") as file:
        return _read(file)


def write_npz(path: Path, features: Features, source: str) -> None:
    """Write `features` to `path` as NumPy's .npz, with the text `source`, which `npz_source` reads."""
    with atomic.replacing(path) as beside, beside.open("wb") as file:
        np.savez(file, allow_pickle=False, source=np.array(source), **features.arrays)


def npz_source(path: Path) -> str:
    """Return the text `source` of the .npz at `path`, an empty one where there is none, or no such file."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return str(stored["source"])
    except (OSError, ValueError, KeyError, EOFError):
        return ""


def _read(file: h5py.File) -> Features:
    numbers = ("features", *NUMBERS)
    for name in (*logits_file.TEXTS, *numbers):
        hdf5.check_own(file, name)
    stored: dict[str, Any] = {name: tuple(file[name].asstr()[:]) for name in logits_file.TEXTS}
    stored |= {name: file[name][:] for name in numbers}
    stored["chosen_on"] = hdf5.read_text_attr(file, "chosen_on")
    stored["modality"] = hdf5.read_text_attr(file["features"], "modality")
    features = Features(**stored)
    _check(features)
    return features


def _check(features: Features) -> None:
    """Raise ValueError where the parts of `features` do not fit one another."""
    videos, samples, dims = features.features.shape
    classes = len(features.class_name)
    shapes: dict[str, tuple[int, ...]] = {
        "label": (videos,),
        "frame_index": (videos, samples),
        "classifier_weight": (classes, dims),
        "classifier_bias": (classes,),
    }
    wrong = [
        f"/{name} is {features.arrays[name].shape}" for name in shapes if features.arrays[name].shape != shapes[name]
    ]
    wrong += [
        f"/{name} is of others" for name in ("video_id", "split", "group") if len(getattr(features, name)) != videos
    ]
    words = selected_on.EPOCH_SELECTED_ON
    wrong += [] if features.chosen_on in words else [f"chosen_on is `{features.chosen_on:.80}`"]
    if wrong:
        raise ValueError(f"{videos} x {samples} x {dims} features, and {wrong[0]}")


def _rounded(row: NDArray[np.float32], precision: str, path: Path) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        values = row.astype(precision)
    if not np.isfinite(values).all():
        problem = f"a feature is {np.abs(row).max():.3g}, more than {precision} holds"
        raise InputError(path, problem, "set features.precision to float32")
    return values
