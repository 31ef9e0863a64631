"""Streams that cannot be right as they are: at chance, or with their classes in another order than the lists'.

The labels of the test videos are used here to say what is wrong, and never to mend it: a number whose order of classes
was fitted to them would be an upper bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from twostream import certainty
from twostream.certainty import Names, Recordings
from twostream.metrics import Labels, Right, Scores

CHANCE = 0.01
"""The probability of as many hits by guessing from which on a stream is at chance."""
BY_CHANCE = 0.005
"""The p, where whole recordings change sign, below which the order that fits has more videos right than the lists'."""
CLASSES_IN_TEXT = 5
"""Classes that a message names, of those that stand elsewhere."""


@dataclass(frozen=True)
class Alignment:
    """How well a stream's columns fit the classes: percent of the test videos that are right, as they stand.

    `chance` is what guessing gives that names each class as often as the stream does. `order` (classes,) is the column
    that fits each class best, by the labels of the test videos, and `fitted` the percentage that it makes right, of
    videos whose recordings had no part in the order.
    """

    top1: float
    chance: float
    is_at_chance: bool
    order: tuple[int, ...]
    fitted: float
    is_misordered: bool


def examine(scores: Scores, labels: Labels, recordings: Names) -> Alignment:
    """Return how well the columns of `scores` (videos, classes) fit the classes; `recordings` (videos,) stay whole.

    Clips of one recording are taken for the same wrong class, which looks like another order of the classes.
    """
    videos, classes = scores.shape
    predicted = scores.argmax(axis=1)
    hits = predicted == labels
    named, there = (np.bincount(each, minlength=classes) for each in (predicted, labels))
    chance = float(named @ there) / videos**2
    p = float(special.bdtrc(int(hits.sum()) - 1, videos, chance))
    fitted = _hits_in_the_best_order(scores, labels, recordings)
    gained = Recordings.from_names(recordings).sums(fitted.astype(float) - hits)
    return Alignment(
        100 * float(hits.mean()),
        100 * chance,
        p > CHANCE and int(np.count_nonzero(there)) > 1,
        tuple(best_order(scores, labels)),
        100 * float(fitted.mean()),
        bool(gained.sum() > 0) and certainty.sign_flip(gained) < BY_CHANCE,
    )


def best_order(scores: Scores, labels: Labels) -> list[int]:
    """Return the column of each class for which the classes' own standardised scores are highest in all."""
    classes = scores.shape[1]
    deviations = scores - scores.mean(axis=1, keepdims=True)
    scale = deviations.std(axis=1, keepdims=True)
    standardised = deviations / np.where(scale > 0, scale, 1)
    sums = np.zeros((classes, classes))
    np.add.at(sums, labels, standardised)
    # Of equal orders, as of classes without a video, the one that stands is taken.
    sums += 1e-9 * np.eye(classes)
    _, columns = optimize.linear_sum_assignment(sums, maximize=True)
    return [int(column) for column in columns]


def describe_order(order: Sequence[int], class_names: Sequence[str]) -> str:
    """Return in words which class each column seems to be of, where that is not its own."""
    class_of = {column: label for label, column in enumerate(order)}
    moved = [column for column in range(len(order)) if class_of[column] != column]
    parts = [f"column {column} is {class_names[class_of[column]]}" for column in moved[:CLASSES_IN_TEXT]]
    more = f", and {len(moved) - CLASSES_IN_TEXT} more" if len(moved) > CLASSES_IN_TEXT else ""
    return ", ".join(parts) + more


def warning(name: str, alignment: Alignment, class_names: Sequence[str]) -> str:
    """Return in one sentence what is wrong with the stream `name`; empty where nothing is."""
    if alignment.is_misordered:
        order = describe_order(alignment.order, class_names)
        return (
            f"{name} has its classes in another order than the lists: {alignment.top1:.1f} % of the test videos are "
            f"right, and {alignment.fitted:.1f} % where {order} (by the test labels, which say only what is wrong)"
        )
    if alignment.is_at_chance:
        return (
            f"{name} is at chance: {alignment.top1:.1f} % of the test videos are right, and guessing gives "
            f"{alignment.chance:.1f} %; no other order of its classes is sure to fit"
        )
    return ""


def _hits_in_the_best_order(scores: Scores, labels: Labels, recordings: Names) -> Right:
    """Return which videos are right, (videos,), in the order that fits the other half of each class's recordings."""
    half_of_video = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        half_of_video[members] = np.unique(recordings[members], return_inverse=True)[1] % 2
    hits = np.zeros(len(labels), bool)
    for half in (0, 1):
        own = half_of_video == half
        if own.any() and not own.all():
            order = best_order(scores[~own], labels[~own])
            hits[own] = scores[own][:, order].argmax(axis=1) == labels[own]
    return hits
