"""Which classes are taken for which: what follows from the confusion matrices of fusion.json.

A matrix is (right class, predicted class), in numbers of test videos.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.contract import Findings

FUSED = "fused"
"""The name of the reported fusion where it stands beside the streams."""
MAX_CLASSES = 12
"""As many as a square of numbers can show."""

Matrix = NDArray[np.int64]


class Cell(TypedDict):
    """How many videos of the class `right` are taken for `taken_for`; `percent` is that of the class."""

    right: str
    taken_for: str
    videos: int
    percent: float


class Mistake(Cell):
    """A mistake of the fusion, and for how many videos each stream makes the same."""

    streams: dict[str, int]


def matrices(findings: Findings) -> dict[str, Matrix]:
    """Return the confusion matrix of each stream and of the reported fusion."""
    return {name: np.asarray(matrix) for name, matrix in findings.get("confusion", {}).items()}


def stream_names(findings: Findings) -> list[str]:
    """Return the streams that have a confusion matrix."""
    return [row["stream"] for row in findings["streams"] if row["stream"] in findings.get("confusion", {})]


def class_accuracies(findings: Findings) -> dict[str, NDArray[np.float64]]:
    """Return the percentage of each class' videos that is right, (classes,), by stream; 0 for one without videos."""
    return {
        name: np.round(100 * matrix.diagonal() / np.maximum(1, matrix.sum(axis=1)), 4)
        for name, matrix in matrices(findings).items()
    }


def mistakes(findings: Findings) -> list[Mistake]:
    """Return the mistakes of the fusion as pairs of classes, the most frequent first."""
    by_name = matrices(findings)
    if FUSED not in by_name:
        return []
    names, fused = findings["class_names"], by_name[FUSED]
    wrong = np.argwhere(fused * (1 - np.eye(len(fused), dtype=int)))
    streams = {name: by_name[name] for name in stream_names(findings)}
    rows = [_mistake(names, fused, streams, right, predicted) for right, predicted in wrong]
    return sorted(rows, key=lambda row: -row["videos"])


def square(findings: Findings, pairs: Sequence[Cell]) -> list[Cell]:
    """Return the cells of the square of the most confused classes; `pairs` are mistakes, the most frequent first."""
    by_name = matrices(findings)
    if FUSED not in by_name:
        return []
    names = findings["class_names"]
    confused = dict.fromkeys(name for pair in pairs for name in (pair["right"], pair["taken_for"]))
    worst = set(list(confused)[:MAX_CLASSES])
    members = [number for number, name in enumerate(names) if name in worst]
    return [_cell(names, by_name[FUSED], right, predicted) for right in members for predicted in members]


def _mistake(names: Sequence[str], fused: Matrix, streams: Mapping[str, Matrix], right: int, predicted: int) -> Mistake:
    by_stream = {name: int(matrix[right, predicted]) for name, matrix in streams.items()}
    return {**_cell(names, fused, right, predicted), "streams": by_stream}


def _cell(names: Sequence[str], matrix: Matrix, right: int, predicted: int) -> Cell:
    videos = int(matrix[right, predicted])
    return {
        "right": names[right],
        "taken_for": names[predicted],
        "videos": videos,
        "percent": 100 * videos / max(1, int(matrix[right].sum())),
    }
