"""Columns that several tables have, and the fields of a row that they show."""

from collections.abc import Mapping, Sequence
from typing import Any

from twostream.fusion.contract import Accuracy, FusionRow, StreamRow
from twostream.report import choices, derive, labels, precision
from twostream.report.average import MeanFusionRow
from twostream.report.tables import Column

Content = dict[str, object]
"""What a section's template shows, by name."""

ACCURACY = (Column("top-1", "top1", ".2f"), Column("top-5", "top5", ".2f"))
MEAN_CLASS = Column("mean class", "mean_class_accuracy", ".2f")
INTERVAL = Column("95 % interval", "interval", "s")
GAIN = Column("over the average", "gain", "s")
EPOCH = Column("epoch chosen on", "best_epoch_on")
LABELS = (Column("labels used", "labels"), Column("how", "how"))


def figures(videos: int, gain: bool = True) -> list[Column]:
    """Return the columns of accuracies of so many `videos`, with as many decimals as tell one video."""
    form = f".{precision.decimals(videos)}f"
    columns = [("top-1", "top1"), ("top-5", "top5"), ("mean class", "mean_class_accuracy")]
    first, *others = [Column(title, field, form) for title, field in columns]
    return [first, INTERVAL, *([GAIN] if gain else []), *others]


def cells(row: StreamRow | FusionRow) -> dict[str, object]:
    """Return a row of accuracies with the texts of its interval, its gain over the average, and its pills."""
    return {
        **row,
        "interval": interval(row),
        "gain": _gain(row),
        "pills": labels.pills(row),
        "labels": labels.in_words(row),
    }


def interval(row: Accuracy) -> str:
    """Return the 95 % interval of a row of accuracies, for the column `INTERVAL`."""
    low, high = row["ci95"]
    return precision.interval(low, high, row.get("videos", 0))


def _gain(row: Mapping[str, Any]) -> str | None:
    """Return the gain over the plain average and its interval, for the column `GAIN`."""
    if "over_average" not in row:
        return None
    gain, videos = row["over_average"], row["videos"]
    if not gain["gained"] and not gain["lost"]:
        return "0 (same videos)"
    low, high = gain["gain_ci95"]
    return f"{precision.signed(gain['gain'], videos)} ({precision.interval(low, high, videos)})"


def how(row: FusionRow | MeanFusionRow) -> str:
    """Return what a way to fuse chose, for the last column of `LABELS`."""
    return choices.in_words(row["strategy"], row["params"])


def epoch(streams: Sequence[Mapping[str, object]]) -> list[Column]:
    """Return the column of what an epoch was chosen on, if it was the test videos for any of `streams`."""
    return [EPOCH] if derive.tested_epochs(streams) else []
