"""Folds of videos that keep groups whole: what a way to fuse is selected on, and what it is scored on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twostream.metrics import Labels
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, VALIDATION, WHOLE_GROUPS, Selection

Mask = NDArray[np.bool_]
Groups = NDArray[np.str_]


@dataclass(frozen=True)
class Folds:
    """The fold of each video, (videos,), and the folds of test videos; `selected_on` is what a row says of them."""

    fold_of_video: Labels
    test_folds: tuple[int, ...]
    selected_on: Selection

    @property
    def number(self) -> int:
        """How many folds there are."""
        return int(self.fold_of_video.max()) + 1

    def others(self, *left_out: int) -> list[int]:
        """Return the folds to select on when `left_out` are left out, a test fold among them."""
        return [fold for fold in range(self.number) if fold not in left_out]

    def train(self, *left_out: int) -> Mask:
        """Return the videos to fit on, (videos,), when the folds `left_out` are left out."""
        return np.isin(self.fold_of_video, self.others(*left_out))

    def videos(self, *folds: int) -> Mask:
        """Return the videos of `folds`, (videos,)."""
        return np.isin(self.fold_of_video, folds)


def divide(groups: Groups, is_test: Mask, most: int) -> Folds | None:
    """Return one fold per group, or `most` folds of whole groups where there are more groups.

    Where there are validation videos (`is_test` false), these are divided, and the test videos are one fold. None where
    there is one group of test videos and nothing else.
    """
    if not is_test.all():
        folds = _fold_of_video(groups[~is_test], most)
        test_fold = int(folds.max()) + 1
        fold_of_video = np.full(len(groups), test_fold)
        fold_of_video[~is_test] = folds
        return Folds(fold_of_video, (test_fold,), Selection(VALIDATION))
    number = len(np.unique(groups))
    if number < 2:
        return None
    folds = _fold_of_video(groups, most)
    selected_on = Selection(LEAVE_ONE_GROUP_OUT)
    if number > most:
        selected_on = selected_on.with_remark(f"{most} {WHOLE_GROUPS}")
    return Folds(folds, tuple(range(min(number, most))), selected_on)


def _fold_of_video(groups: Groups, most: int) -> Labels:
    """Return the fold of each video: a group's own in the order of names, or, of large groups first, the emptiest."""
    names, index, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) <= most:
        return index
    fold_of_group = np.zeros(len(names), np.int64)
    filled = np.zeros(most, np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        fold_of_group[group] = filled.argmin()
        filled[filled.argmin()] += sizes[group]
    folds: Labels = fold_of_group[index]
    return folds
