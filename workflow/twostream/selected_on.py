"""The words that say on which videos something was selected: an epoch, weights, a way to fuse.

Whatever was selected on test videos is an upper bound, and so is every number built on it.
"""

from collections.abc import Collection
from typing import TypedDict

NOTHING = "nothing"
"""There was nothing to select: a fixed rule, or the last epoch."""
VALIDATION = "validation"
"""Videos that are neither trained on nor tested."""
LEAVE_ONE_GROUP_OUT = "leave-one-group-out"
"""For the videos of each group, those of all other groups."""
UNKNOWN = "unknown"
"""Nobody said, as with scores of other systems."""
TEST = "test"
"""The test videos, for an epoch."""
ORACLE = "oracle"
"""The test videos, for a way to fuse."""

EPOCH_SELECTED_ON = (TEST, UNKNOWN, VALIDATION, NOTHING)
"""On what an epoch may have been selected, the least trusted first."""


class EpochNote(TypedDict, total=False):
    """The part of a row that says on what its epoch was selected; empty where that is unknown."""

    best_epoch_on: str


def least_trusted(words: Collection[str]) -> str:
    """Return the least trusted of `words`, each one of `EPOCH_SELECTED_ON`; of none, `UNKNOWN`."""
    return next((word for word in EPOCH_SELECTED_ON if word in words), UNKNOWN)


def epoch_note(words: Collection[str]) -> EpochNote:
    """Return what a row says of the epochs of its streams, which were selected on `words`."""
    worst = least_trusted(words)
    return {} if worst == UNKNOWN else {"best_epoch_on": worst}
