"""What a reader has to know before the numbers: how recordings were told, near copies, streams that cannot be right."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from twostream.fusion import alignment
from twostream.fusion.candidates import Candidate
from twostream.fusion.contract import Findings, GroupingRow, LeftOut, NearCopyRow
from twostream.fusion.copies import NearCopy
from twostream.fusion.folds import Folds
from twostream.fusion.normalisation import standardised
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels
from twostream.selected_on import GROUPS_UNKNOWN, LEAVE_ONE_GROUP_OUT
from twostream.text import counted, printable
from twostream.videos.recordings import ALONE_WORDS

PAIRS_IN_TEXT = 3
PAIRS_IN_JSON = 100
EQUAL = 0.9999
"""The mean product of two streams' standardised scores from which on they are the same, but for rounding."""
SET_PATTERN = "index.group_pattern can name them"


def grouping_row(test: StreamScores) -> GroupingRow:
    """Return how the recordings of the test videos were told, and which near copies joined some."""
    pairs = test.near_copies
    return {
        "rule": test.grouping.rule,
        "known": test.grouping.is_known,
        "groups": len(set(test.groups.tolist())),
        "recordings": len(set(test.recordings.tolist())),
        "near_copies": len(pairs),
        "equal": sum(pair.is_equal for pair in pairs),
        "pairs": [_row(pair) for pair in pairs[:PAIRS_IN_JSON]],
    }


def warnings(test: StreamScores) -> list[str]:
    """Return a sentence for each thing that makes the numbers of the `test` videos other than they look."""
    sentences = []
    for name, scores in zip(test.names, test.scores, strict=True):
        text = alignment.warning(name, alignment.examine(scores, test.labels, test.recordings), test.class_name)
        sentences += [text] if text else []
    if not test.grouping.is_known and len(test.names) > 1:
        rule = "" if test.grouping.rule == ALONE_WORDS else f" ({test.grouping.rule})"
        sentences.append(
            f"recordings are unknown{rule}, so that near copies of a video may have a part in what is "
            f"selected for it: rows that are selected on other test videos are optimistic, and the reported row is the "
            f"best of the fixed rules by the test labels; {SET_PATTERN}"
        )
    return sentences + _of_training(test) + _of_equal_streams(test) + _of_copies(test.near_copies)


def of_folds(streams: StreamScores, folds: Folds | None) -> list[str]:
    """Return a sentence where nothing could be selected: the test videos are of one group, and there are no others."""
    if folds or len(streams.names) < 2:
        return []
    return ["all test videos are of one group, so that none is left to select on: the fixed rules alone are compared"]


def of_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Return a sentence for each part of the fusion that was left out."""
    return [f"{part['what']} is left out: {part['why']}" for part in left_out]


def lines(findings: Findings) -> list[str]:
    """Return what a log says of `findings`: by which rule recordings were told, and the warnings."""
    grouping = findings["grouping"]
    recordings, groups = counted(grouping["recordings"], "recording"), counted(grouping["groups"], "group")
    rule = f"{recordings} in {groups}, told by {grouping['rule']}"
    return [rule, *(f"warning: {printable(sentence)}" for sentence in findings["warnings"])]


def settle(rows: Sequence[Candidate], test: StreamScores) -> list[Candidate]:
    """Return `rows`, the reported one first: where recordings are unknown, the best fixed rule, which used no label.

    There, each row that is selected on other test videos says so in its `selected_on`.
    """
    if test.grouping.is_known:
        return list(rows)
    remarked = [
        replace(row, selected_on=row.selected_on.with_remark(GROUPS_UNKNOWN))
        if row.selected_on.videos == LEAVE_ONE_GROUP_OUT
        else row
        for row in rows
    ]
    if remarked[0].selected_on.videos != LEAVE_ONE_GROUP_OUT:
        return remarked
    best = max((row for row in remarked if row.selected_on.is_fixed), key=lambda row: _hits(row, test.labels))
    return [best, *(row for row in remarked if row is not best)]


def _hits(row: Candidate, labels: Labels) -> int:
    return int((row.scores.argmax(axis=1) == labels).sum())


def _of_training(test: StreamScores) -> list[str]:
    """Return a sentence on each stream that was trained on test videos, and on each way in which its input differs."""
    sentences = []
    for name, is_in in test.in_training.items():
        if is_in.any():
            first = test.video_id[int(is_in.argmax())]
            counts = f"{int(is_in.sum())} of {len(is_in)} test videos"
            sentences.append(f"{name} was trained on {counts}, {first} among them: its numbers are no results")
    for name, training in zip(test.names, test.training, strict=bool(test.training)):
        sentences += [f"{name}: {remark}" for remark in (training.remarks if training else ())]
    return sentences


def _of_equal_streams(test: StreamScores) -> list[str]:
    """Return a sentence for each two streams whose scores are the same, but for their scale and an offset a video."""
    unit = [standardised(scores) for scores in test.scores]
    return [
        f"{second} has the same scores as {first}: the two are one stream, given twice"
        for (first, ours), (second, theirs) in combinations(zip(test.names, unit, strict=True), 2)
        if float((ours * theirs).mean()) > EQUAL
    ]


def _of_copies(pairs: Sequence[NearCopy]) -> list[str]:
    if not pairs:
        return []
    equal = sum(pair.is_equal for pair in pairs)
    first = "; ".join(f"{pair.first} and {pair.second} ({pair.similarity:.3f})" for pair in pairs[:PAIRS_IN_TEXT])
    more = f"; and {len(pairs) - PAIRS_IN_TEXT} more" if len(pairs) > PAIRS_IN_TEXT else ""
    return [
        f"near copies in different recordings: {counted(len(pairs), 'pair')} of videos by the cosine of their scores, "
        f"{equal} of them with equal scores: {first}{more}; their recordings count as one"
    ]


def _row(pair: NearCopy) -> NearCopyRow:
    return {"videos": [pair.first, pair.second], "cosine": round(pair.similarity, 4), "equal": pair.is_equal}
