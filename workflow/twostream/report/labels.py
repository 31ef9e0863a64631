"""Whose labels had a part in a number, in words: that of other test videos, of validation videos, or of none.

The same sentences stand on the page beside the number, in report.json under `notes`, and in the terminal.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from twostream import text
from twostream.fusion.contract import Findings, FusionRow, SelectionNote
from twostream.report import derive
from twostream.selected_on import (
    GROUPS_UNKNOWN,
    LEAVE_ONE_GROUP_OUT,
    NOTHING,
    TEST,
    TRAINED,
    TRANSDUCTIVE,
    UNKNOWN,
    VALIDATION,
    Selection,
)
from twostream.selected_on import ORACLE as ORACLE_VIDEOS

ENOUGH_A_CLASS = 10
"""About how many labelled videos of each class a family needs to be trained on."""

CROSS_FITTED = (
    "Cross-fitted scores of the training videos, of networks that were not trained on them, would do too. They take "
    "another training of each network for each part of the videos, and were not made."
)
"""Why nothing stands in for validation videos."""


class Pill(NamedTuple):
    """A short mark behind a number; `kind` is its CSS class, and `meaning` what it stands for."""

    kind: str
    text: str
    meaning: str


ORACLE = Pill("oracle", "tuned on test", "the best of the grid on the same test videos: not a result")
TESTED = Pill("tested", "epoch chosen on test", "the epoch of a network is the best on the test videos: not a result")
TRAINED_ON = Pill(
    "tested", "trained on test videos", "a network was trained on videos that it is tested on: not a result"
)
OPTIMISTIC = Pill("tested", "optimistic", "which videos are of one recording is not known")


def pills(row: Mapping[str, object]) -> list[Pill]:
    """Return what marks the row of a stream or of a way to fuse as no plain result."""
    selection = Selection.from_text(str(row.get("selected_on", NOTHING)))
    conditions = (
        (ORACLE, selection.is_oracle),
        (TESTED, derive.has_tested_epoch(row)),
        (TRAINED_ON, derive.is_trained_on(row)),
        (OPTIMISTIC, GROUPS_UNKNOWN in selection.remarks),
    )
    return [pill for pill, holds in conditions if holds]


def in_words(row: Mapping[str, object]) -> str:
    """Return in a few words whose labels chose or trained a way to fuse, for a column of a table."""
    selection = Selection.from_text(str(row.get("selected_on", NOTHING)))
    words = {
        NOTHING: "none",
        VALIDATION: "validation videos",
        LEAVE_ONE_GROUP_OUT: "other test videos",
        ORACLE_VIDEOS: "the same test videos",
    }.get(selection.videos, selection.videos)
    remarks = [remark for remark in selection.remarks if remark in (TRAINED, TRANSDUCTIVE, GROUPS_UNKNOWN)]
    return f"{words} ({', '.join(remarks)})" if remarks else words


def notes(findings: Findings) -> list[str]:
    """Return the sentences that belong to the reported number: whose labels, which fixed rule, which epochs."""
    row = findings["fusion"][0]
    lines = [of_row(row, findings.get("selection"))] if len(findings["streams"]) > 1 else []
    fixed = best_fixed(findings)
    if fixed is not None and Selection.from_text(row["selected_on"]).uses_test_labels:
        number = sum(each["selected_on"] == NOTHING for each in findings["fusion"])
        which = f"The best of the {number} fixed rules, which used" if number > 1 else "The fixed rule, which used"
        lines.append(f"{which} no label: {fixed['strategy']}, {fixed['top1']:.1f} %.")
    return [*lines, *epochs(findings["streams"])]


def of_row(row: FusionRow, note: SelectionNote | None) -> str:
    """Return whose labels had a part in a row, in one or more sentences."""
    selection = Selection.from_text(row["selected_on"])
    if selection.is_fixed:
        return "A fixed rule: nothing was tuned."
    if selection.is_oracle:
        return "Tuned on the same test videos: an upper limit of the grid, not a result."
    sentences = [_of_validation(note) if selection.videos == VALIDATION else _of_test_videos(selection, note)]
    if TRANSDUCTIVE in selection.remarks:
        sentences.append("A video's prediction depends on which other videos are tested.")
    if GROUPS_UNKNOWN in selection.remarks:
        unknown = "Which videos are of one recording is not known"
        sentences.append(f"{unknown}: near copies of a video may have had a part, and the number is optimistic.")
    return " ".join(sentences)


def best_fixed(findings: Findings) -> FusionRow | None:
    """Return the fixed rule with the highest top-1."""
    fixed = [row for row in findings["fusion"] if row["selected_on"] == NOTHING]
    return max(fixed, key=lambda row: row["top1"], default=None)


def epochs(streams: Iterable[Mapping[str, object]]) -> list[str]:
    """Return what is to be said of the networks: which were trained, or their epoch chosen, on test videos."""
    streams = list(streams)
    by_word: dict[str, list[str]] = {}
    for row in streams:
        by_word.setdefault(str(row.get("best_epoch_on", UNKNOWN)), []).append(str(row["stream"]))
    lines = [
        f"{row['stream']} was trained on {row['tested_in_training']} of the test videos: no result."
        for row in streams
        if row.get("tested_in_training")
    ]
    if tested := by_word.get(TEST):
        names = text.listed(tested)
        lines.append(f"The epoch of {names} is the one that did best on the test videos: upper limits, no results.")
    if unknown := by_word.get(UNKNOWN):
        names = text.listed(unknown)
        lines.append(f"How the epoch of {names} was chosen is unknown: treat the numbers as upper limits.")
    return lines


def without_validation(row: FusionRow, note: SelectionNote | None) -> list[str]:
    """Return why labels of test videos were needed, or that there are few validation videos; else nothing."""
    selection = Selection.from_text(row["selected_on"])
    if selection.videos == LEAVE_ONE_GROUP_OUT:
        wish = "with scores of videos that are neither trained on nor tested, no test label would be needed"
        return [f"There are no validation scores: {wish}. {CROSS_FITTED}"]
    if selection.videos == VALIDATION and note and note["per_class"] < ENOUGH_A_CLASS:
        few = f"There are {note['per_class']:.0f} validation videos a class"
        return [f"{few}: training a family takes about {ENOUGH_A_CLASS}, choosing weights takes fewer. {CROSS_FITTED}"]
    return []


def _of_validation(note: SelectionNote | None) -> str:
    videos = f"{note['videos']:,} validation videos" if note else "validation videos"
    return f"Chosen on {videos}, without any label of a test video."


def _of_test_videos(selection: Selection, note: SelectionNote | None) -> str:
    """Return which labels chose or trained the fusion in cross-validation, and which did not."""
    verbs = "chose and trained" if TRAINED in selection.remarks else "chose"
    who = f"labels of other test videos {verbs} the fusion of each fold, its own labels did not"
    return f"Cross-validated{_folds(note)}: {who}."


def _folds(note: SelectionNote | None) -> str:
    if note is None:
        return ""
    if note["folds"] == note["groups"]:
        return f" ({note['folds']} folds, a group of recordings each)"
    return f" ({note['folds']} folds of {note['groups']:,} groups of recordings)"
