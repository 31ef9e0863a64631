"""The words that say on which videos something was selected: an epoch, weights, a way to fuse.

Whatever was selected on test videos is an upper bound, and so is every number built on it. The words for a way to fuse
are one of these, and in brackets behind it what a reader has to know besides: `leave-one-group-out (trained)`.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypedDict

NOTHING = "nothing"
"""There was nothing to select: a fixed rule, or the last epoch."""
VALIDATION = "validation"
"""Videos that are neither trained on nor tested."""
LEAVE_ONE_GROUP_OUT = "leave-one-group-out"
"""For the test videos of each group, those of all other groups: labels of *other* test videos have a part in it."""
UNKNOWN = "unknown"
"""Nobody said, as with scores of other systems."""
TEST = "test"
"""The test videos, for an epoch."""
ORACLE = "oracle"
"""The test videos, for a way to fuse."""

EPOCH_SELECTED_ON = (TEST, UNKNOWN, VALIDATION, NOTHING)
"""On what an epoch may have been selected, the least trusted first."""

TRAINED = "trained"
"""Remark: the labels of other test videos trained the family, and did not only choose some weights."""
TRANSDUCTIVE = "transductive"
"""Remark: a video's scores depend on which other videos are tested with it."""
GROUPS_UNKNOWN = "groups unknown"
"""Remark: near copies of a video may have had a part in its number, which is optimistic then."""
WHOLE_GROUPS = "folds of whole groups"
"""Remark, with a number before it: so many folds, since there are more groups than folds."""

_REMARKED = re.compile(r"(?P<videos>[^(]*?) \((?P<remarks>[^()]+)\)")
_OLD_FOLDS = re.compile(rf"\d+ {WHOLE_GROUPS}")


class EpochNote(TypedDict, total=False):
    """The part of a row that says on what its epoch was selected, and on how many test videos a network was trained.

    Empty where both are unknown.
    """

    best_epoch_on: str
    tested_in_training: int


@dataclass(frozen=True)
class Selection:
    """On which videos a way to fuse was selected, and remarks on it, in the order in which they were made."""

    videos: str
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> "Selection":
        """Return what a row's `selected_on` says, those of older files too: `10 folds of whole groups`."""
        if _OLD_FOLDS.fullmatch(text):
            return cls(LEAVE_ONE_GROUP_OUT, (text,))
        match = _REMARKED.fullmatch(text)
        return cls(match["videos"], tuple(match["remarks"].split(", "))) if match else cls(text)

    def __str__(self) -> str:
        """Return the text of a row: the videos, and the remarks behind them in brackets."""
        return f"{self.videos} ({', '.join(self.remarks)})" if self.remarks else self.videos

    def with_remark(self, remark: str) -> "Selection":
        """Return the same with one more remark, once."""
        return self if remark in self.remarks else replace(self, remarks=(*self.remarks, remark))

    def merge(self, other: "Selection") -> "Selection":
        """Return the same with the remarks of `other` too: what is to be said of the mean of both."""
        merged = self
        for remark in other.remarks:
            merged = merged.with_remark(remark)
        return merged

    @property
    def is_oracle(self) -> bool:
        """Whether the number is an upper limit: the way to fuse was selected on the videos that it is scored on."""
        return self.videos == ORACLE

    @property
    def uses_test_labels(self) -> bool:
        """Whether labels of test videos had a part in it, be it those of other videos alone."""
        return self.videos in (LEAVE_ONE_GROUP_OUT, ORACLE, TEST)

    @property
    def is_fixed(self) -> bool:
        """Whether there was nothing to select."""
        return self.videos == NOTHING


def least_trusted(words: Collection[str]) -> str:
    """Return the least trusted of `words`, each one of `EPOCH_SELECTED_ON`; of none, `UNKNOWN`."""
    return next((word for word in EPOCH_SELECTED_ON if word in words), UNKNOWN)


def epoch_note(words: Collection[str], in_training: Iterable[bool] | None = None) -> EpochNote:
    """Return what a row says of its streams: their epochs were selected on `words`, and their networks trained on what.

    `in_training` says so of each test video, where that is known.
    """
    worst = least_trusted(words)
    note: EpochNote = {} if worst == UNKNOWN else {"best_epoch_on": worst}
    if in_training is not None:
        note["tested_in_training"] = sum(map(bool, in_training))
    return note
