"""The contents of `fusion.json`: what fusion hands to the report, checked by mypy from one to the other.

Accuracies are in percent, 0 to 100. Streams, classes and videos go by their names.
"""

from typing import NotRequired, TypedDict

from twostream.certainty import Gain
from twostream.metrics import Calibration
from twostream.selected_on import EpochNote

Params = TypedDict(
    "Params",
    {
        "normalisation": dict[str, str],
        "pooling": str,
        "temperature": dict[str, float],
        "rule": str,
        "weights": dict[str, float],
        "over": str,
        "ridge": float,
        "rounds": int,
        "shrinkage": float,
        "weight": float,
        "from": str,
        "transductive": bool,
        "chosen": "list[Choice]",
    },
    total=False,
)
"""The parameters of a way to fuse, those per stream by its name.

`chosen` has what each fold selected, the most frequent first.
"""


class Choice(Params):
    """What was selected for `folds` of the folds."""

    strategy: str
    folds: int


class Accuracy(TypedDict):
    """How good scores are; `ci95` is the lower and the upper end of the 95 % interval of top-1.

    It rests on so many `videos` of so many `recordings`; files of older versions do not say how many recordings.
    """

    top1: float
    top5: float
    mean_class_accuracy: float
    ci95: list[float]
    videos: int
    recordings: NotRequired[int]


class TrainingCounts(TypedDict, total=False):
    """On how many videos a network was trained, and on how many its epoch was selected; empty where that is unknown."""

    training_videos: int
    validation_videos: int


class StreamRow(Accuracy, EpochNote, TrainingCounts):
    """One stream alone."""

    stream: str
    split: str
    samples: int


class FusionRow(Accuracy, EpochNote):
    """One way to fuse, and on which videos it was selected, in the words of `twostream.selected_on`.

    `over_average` is its gain over the plain average of the raw scores.
    """

    strategy: str
    streams: list[str]
    params: Params
    selected_on: str
    over_average: NotRequired[Gain]


class SelectionNote(TypedDict):
    """The videos that ways to fuse were selected on: how many, how many a class (the median), in how many folds.

    A fold holds whole groups, a group whole recordings: UCF101's g07 is one group, of a recording in each class.
    """

    videos: int
    per_class: float
    groups: int
    folds: int


class TestRow(Gain):
    """The gain of the reported fusion over another way, with McNemar's test and the one by recording."""

    against: str


class CalibrationRow(TypedDict):
    """Calibration as it is, and after a temperature; without the latter where there is one fold only."""

    before: Calibration
    after: NotRequired[Calibration]


ClassRow = TypedDict("ClassRow", {"class": str, "videos": int, "top1": float | None, "gain": dict[str, float | None]})
"""One class: top-1 of the reported fusion and its gain over each stream; None for a class without test videos."""


class CurvePoint(TypedDict):
    """Accuracy of one weighting of the streams; `weight` is the first stream's. Of two streams, with its interval."""

    weight: float
    weights: list[float]
    top1: float
    top5: float
    ci95: NotRequired[list[float]]


class LandscapeCell(TypedDict):
    """The best of a strategy with a normalisation, on the test videos: an upper limit; `weights` if it has some."""

    normalisation: str
    strategy: str
    pooling: str
    top1: float
    weights: NotRequired[list[float]]


ExampleRow = TypedDict(
    "ExampleRow", {"video": str, "class": str, "fused": str, "margin": float, "streams": dict[str, str]}
)
"""A test video, its class, and the class that the fusion and each stream predict.

`margin` is the fusion's log probability of the right class less that of the best other, after a temperature.
"""


class Outcome(TypedDict):
    """How many test videos have an outcome, and which: the surest of each class first, then the second of each."""

    videos: int
    shown: list[ExampleRow]


class Examples(TypedDict):
    """`rescued`: the fusion is right and no stream is; `lost`: a stream is right and the fusion is not."""

    rescued: Outcome
    lost: Outcome


class Predictions(TypedDict):
    """For each test video its class and what the fusion (`fused`) and each stream predict, as indices of classes.

    `recording` numbers the recordings; files of older versions lack it.
    """

    video: list[str]
    recording: NotRequired[list[int]]
    label: list[int]
    predicted: dict[str, list[int]]


class Guess(TypedDict):
    """A class, and how probable a stream holds it, in percent."""

    class_name: str
    percent: float
    is_right: bool


class NearCopyRow(TypedDict):
    """Two test videos of different recordings whose scores are near copies, or equal, and the cosine of these."""

    videos: list[str]
    cosine: float
    equal: bool


class GroupingRow(TypedDict):
    """By which rule recordings were told and whether that is known, how many there are, and near copies across them.

    `groups` are what folds are made of, `recordings` the groups of each class. `equal` of the `near_copies` have the
    same scores; `pairs` are the first hundred.
    """

    rule: str
    known: bool
    groups: int
    recordings: int
    near_copies: int
    equal: int
    pairs: list[NearCopyRow]


class LeftOut(TypedDict):
    """A part of the fusion that was left out, and why."""

    what: str
    why: str


class Findings(TypedDict):
    """All of `fusion.json`; the first row of `fusion` is the one reported.

    `selection` is None where there was nothing to select on.

    `confusion` counts videos by right class (rows) and predicted class (columns), for `fused` and each stream, as
    `calibration` is; it follows from `predictions`, and is empty where there are more than 256 classes. `guesses` has
    the most probable classes of the fusion and each stream for the first videos of `examples`, by video and name.
    `warnings` are sentences on what makes the numbers other than they look; `left_out` is what there was no time for. A
    file from before these were written lacks them.
    """

    streams: list[StreamRow]
    fusion: list[FusionRow]
    combinations: int
    selection: NotRequired[SelectionNote | None]
    class_names: list[str]
    confusion: dict[str, list[list[int]]]
    mcnemar: list[TestRow]
    calibration: dict[str, CalibrationRow]
    classes: list[ClassRow]
    curve: list[CurvePoint]
    examples: Examples
    predictions: Predictions
    landscape: NotRequired[list[LandscapeCell]]
    guesses: NotRequired[dict[str, dict[str, list[Guess]]]]
    grouping: NotRequired[GroupingRow]
    warnings: NotRequired[list[str]]
    left_out: NotRequired[list[LeftOut]]
