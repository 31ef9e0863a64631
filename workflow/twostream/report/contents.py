"""What report.json holds, name by name; what comes from fusion.json is in `twostream.fusion.contract`."""

from typing import Any, NotRequired, TypedDict

from twostream.cache.costs import Cost
from twostream.fusion.contract import Findings, Guess

HistoryRow = dict[str, str]
"""An epoch of a stream's history.csv: the text under each heading."""


class Pictured(TypedDict):
    """A test video of which the page has pictures: what fusion took it for, and each stream's surest guesses."""

    video: str
    class_name: str
    outcome: str
    taken_for: str
    guesses: dict[str, list[Guess]]


class ClassSummary(TypedDict):
    """The videos of a class: how many to train on and to test on, and how many frames they have."""

    class_name: str
    train: int
    test: int
    shortest: int
    median: float
    longest: int


class LengthBin(TypedDict):
    """The number of videos that have `first` to `last` frames."""

    first: int
    last: int
    videos: int


class BadVideoRow(TypedDict):
    """A video that was left out, and why."""

    id: str
    reason: str


class LeftOutRow(TypedDict):
    """How many files were left out for a reason, and the first few of them."""

    reason: str
    files: int
    first: list[str]


class CopiesRow(TypedDict):
    """Videos that are equal to the byte, and in how many classes and subsets they stand."""

    ids: list[str]
    classes: int
    subsets: int


class RemarkRow(TypedDict):
    """What is worth knowing of a video that is used: that it is interlaced, damaged, or not as it says."""

    id: str
    remark: str


class VideosRemarks(TypedDict, total=False):
    """How many videos in use are interlaced, damaged, of a varying rate or not as long as announced, and which."""

    interlaced: int
    damaged: int
    variable_rate: int
    promised: int
    remarks: list[RemarkRow]


class VideosSummary(VideosRemarks):
    """The data set in numbers. `twostream fuse`, which sees no video, has the first five alone.

    Without lists it need not know how many videos there are to `train` on.
    """

    classes: int
    train: NotRequired[int]
    test: int
    unlisted: int
    bad: list[BadVideoRow]
    form: NotRequired[str]
    split_by: NotRequired[str]
    recordings: NotRequired[dict[str, int]]
    left_out: NotRequired[list[LeftOutRow]]
    copies: NotRequired[list[CopiesRow]]
    notes: NotRequired[list[str]]
    groups: NotRequired[int]
    frames: NotRequired[int]
    by_class: NotRequired[list[ClassSummary]]
    lengths: NotRequired[list[LengthBin]]
    samples: NotRequired[list[str]]


class Check(TypedDict):
    """A check of the data: whether it passes (`pass`), warns (`warn`) or fails (`fail`), why, and the worst cases."""

    name: str
    verdict: str
    reason: str
    worst: list[str]


class StageRow(TypedDict):
    """A stage that the report rests on. `outputs` stays empty: paths differ from machine to machine."""

    stage: str
    key: str
    settings: Any
    versions: dict[str, str]
    outputs: list[str]
    upstream: list[str]
    seconds: float
    bytes: int


class ScoresRow(TypedDict):
    """A file of scores that `twostream fuse` read; `extra` videos in it are not on the test list.

    `remarks` say in what else it and the lists differ, `made_from` what is known of its network's training.
    """

    file: str
    videos: int
    extra: int
    made_from: NotRequired[dict[str, Any]]
    remarks: NotRequired[list[str]]


class Report(Findings):
    """All numbers of a report. Only that of `twostream fuse` has `scores`, and it has no video, network or stage.

    `notes` are the sentences that belong to the reported number wherever it stands: whose labels had a part in it.
    The guesses of fusion.json are in it for the pictured videos alone.
    """

    title: str
    notes: NotRequired[list[str]]
    scores: NotRequired[dict[str, ScoresRow]]
    pictured: NotRequired[list[Pictured]]
    training: NotRequired[dict[str, list[HistoryRow]]]
    videos: NotRequired[VideosSummary | None]
    checks: NotRequired[list[Check]]
    costs: NotRequired[list[Cost]]
    stages: NotRequired[list[StageRow]]
    config: NotRequired[dict[str, Any] | None]
    made_by: NotRequired[dict[str, str]]
