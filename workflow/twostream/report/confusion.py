"""Which classes are taken for which: what follows from the predictions of fusion.json.

A pair of classes is (right class, predicted class).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.contract import Findings
from twostream.report import png
from twostream.report.png import Colour

FUSED = "fused"
"""The name of the reported fusion where it stands beside the streams."""

GREEN: tuple[Colour, Colour] = ((47, 143, 99), (11, 64, 41))
RED: tuple[Colour, Colour] = ((194, 82, 125), (92, 15, 53))
"""Of the picture: the colour of one video, and that of as many as any cell has."""
LEVELS = 16
VISIBLE = 250
"""With more classes, mistakes are drawn larger than a class."""

Classes = NDArray[np.int64]
"""A class for each test video, (videos,)."""


class Mistake(TypedDict):
    """How many videos of the class `right` the fusion takes for `taken_for`, and how many each stream does.

    `percent` is that of the class, which has `of` videos.
    """

    right: str
    taken_for: str
    videos: int
    of: int
    percent: float
    streams: dict[str, int]


def labels(findings: Findings) -> Classes:
    """Return the right class of each test video."""
    return np.asarray(findings["predictions"]["label"] if "predictions" in findings else [], np.int64)


def predicted_classes(findings: Findings) -> dict[str, Classes]:
    """Return the class of each test video that the fusion (`fused`) and each stream predict."""
    predicted = findings["predictions"]["predicted"] if "predictions" in findings else {}
    return {name: np.asarray(classes, np.int64) for name, classes in predicted.items()}


def stream_names(findings: Findings) -> list[str]:
    """Return the streams whose predictions are known."""
    predicted = predicted_classes(findings)
    return [row["stream"] for row in findings["streams"] if row["stream"] in predicted]


def class_accuracies(findings: Findings) -> dict[str, NDArray[np.float64]]:
    """Return the percentage of each class' videos that is right, (classes,), by stream; 0 for one without videos."""
    right, number = labels(findings), len(findings["class_names"])
    videos = np.maximum(1, np.bincount(right, minlength=number))
    return {
        name: np.round(100 * np.bincount(right[right == classes], minlength=number) / videos, 4)
        for name, classes in predicted_classes(findings).items()
    }


def mistakes(findings: Findings) -> list[Mistake]:
    """Return the mistakes of the fusion as pairs of classes, the most frequent first."""
    right, predicted, names = labels(findings), predicted_classes(findings), findings["class_names"]
    if FUSED not in predicted:
        return []
    pairs = {name: Counter(_pairs(right, classes)) for name, classes in predicted.items()}
    videos = np.bincount(right, minlength=len(names))
    rows: list[Mistake] = [
        {
            "right": names[c],
            "taken_for": names[p],
            "videos": count,
            "of": int(videos[c]),
            "percent": 100 * count / int(videos[c]),
            "streams": {stream: pairs[stream][c, p] for stream in stream_names(findings)},
        }
        for (c, p), count in sorted(pairs[FUSED].items())
        if c != p
    ]
    return sorted(rows, key=lambda row: -row["videos"])


def similar_classes_together(findings: Findings) -> list[int]:
    """Return the classes in an order in which those that are often confused are neighbours.

    The mistakes of the fusion and of the streams, the most frequent first, join chains of classes at their ends: two
    classes in the middle of chains bring the chains together all the same, at the ends that are nearest to the two.
    """
    right = labels(findings)
    frequency: Counter[tuple[int, int]] = Counter()
    for classes in predicted_classes(findings).values():
        frequency.update((min(pair), max(pair)) for pair in _pairs(right, classes) if pair[0] != pair[1])
    chain_of = {number: [number] for number in range(len(findings["class_names"]))}
    for (a, b), _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0])):
        if chain_of[a] is not chain_of[b]:
            chain = _join(chain_of[a], chain_of[b], a, b)
            chain_of |= dict.fromkeys(chain, chain)
    chains = {id(chain): chain for chain in chain_of.values()}
    return [number for chain in sorted(chains.values(), key=lambda chain: (-len(chain), chain)) for number in chain]


def _join(first: Sequence[int], second: Sequence[int], a: int, b: int) -> list[int]:
    """Return the two chains as one, with `a` of the first and `b` of the second as near as their ends allow."""
    head = list(first) if first.index(a) >= len(first) / 2 else list(first)[::-1]
    tail = list(second) if second.index(b) < len(second) / 2 else list(second)[::-1]
    return head + tail


def _pairs(right: Classes, predicted: Classes) -> Iterable[tuple[int, int]]:
    return zip(right.tolist(), predicted.tolist(), strict=True)


def picture(findings: Findings, order: Sequence[int]) -> str:
    """Return the matrix of the fusion as a picture in a data URI: a row a right class, a column a predicted one.

    The classes stand in `order`. Right ones are green, mistakes red; the darker, the more videos, by their logarithm.
    """
    place = {number: rank for rank, number in enumerate(order)}
    right, fused = labels(findings), predicted_classes(findings)[FUSED]
    counts = sorted(Counter(_pairs(right, fused)).items(), key=lambda item: (item[0][0] != item[0][1], item[1]))
    most = max(count for _, count in counts)
    indices = np.zeros((len(order), len(order)), np.uint8)
    around = len(order) // (2 * VISIBLE)
    for (c, p), count in counts:
        level = round((LEVELS - 1) * np.log(count) / np.log(max(2, most)))
        x, y, wide = place[p], place[c], around if c != p else 0
        box = slice(max(0, y - wide), y + wide + 1), slice(max(0, x - wide), x + wide + 1)
        indices[box] = 1 + level + (0 if c == p else LEVELS)
    return png.data_uri(indices, [(255, 255, 255), *_shades(*GREEN), *_shades(*RED)])


def _shades(few: Colour, many: Colour) -> list[Colour]:
    """Return `LEVELS` colours from `few` to `many`."""
    steps = np.linspace(few, many, LEVELS).round().astype(int)
    return [(int(red), int(green), int(blue)) for red, green, blue in steps]
