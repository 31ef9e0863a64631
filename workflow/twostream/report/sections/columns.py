"""Columns that several tables have, and the fields of a row that they show."""

from collections.abc import Mapping, Sequence

from twostream.fusion.contract import Accuracy, FusionRow
from twostream.report import choices, derive
from twostream.report.average import MeanFusionRow
from twostream.report.tables import Column

Content = dict[str, object]
"""What a section's template shows, by name."""

ACCURACY = (Column("top1", "top1", ".4f"), Column("top5", "top5", ".4f"))
MEAN_CLASS = Column("mean class", "mean_class_accuracy", ".4f")
INTERVAL = Column("95 % interval", "interval", "s")
EPOCH = Column("epoch chosen on", "best_epoch_on")
CHOICE = (Column("selected on", "selected_on"), Column("how", "how"))


def interval(row: Accuracy) -> str:
    """Return the 95 % interval of a row of accuracies, for the column `INTERVAL`."""
    low, high = row["ci95"]
    return f"{low:.1f} to {high:.1f}"


def how(row: FusionRow | MeanFusionRow) -> str:
    """Return what a way to fuse chose, for the last column of `CHOICE`."""
    return choices.in_words(row["strategy"], row["params"])


def epoch(streams: Sequence[Mapping[str, object]]) -> list[Column]:
    """Return the column of what an epoch was chosen on, if it was the test videos for any of `streams`."""
    return [EPOCH] if derive.tested_epochs(streams) else []
