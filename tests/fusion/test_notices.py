"""What is told before the numbers, and which row is reported where recordings are unknown."""

from dataclasses import replace

import numpy as np

from support.scores import CHEAP, fusion_settings, noisy
from twostream.fusion import findings, notices
from twostream.logits.training import Training
from twostream.report import derive, labels
from twostream.videos.recordings import Grouping

UNKNOWN = Grouping("nothing: each video counts as a recording of its own", False)


def find(**parts):
    return findings.find(noisy(**parts), fusion_settings(**CHEAP), 1)


def test_known_recordings_are_told_and_nothing_is_marked():
    fused = find(grouping=Grouping("gNN in UCF101's names", True))
    assert fused["grouping"] == {
        "rule": "gNN in UCF101's names",
        "known": True,
        "groups": 4,
        "recordings": 20,
        "near_copies": 0,
        "equal": 0,
        "pairs": [],
    }
    assert fused["warnings"] == []
    assert not any("groups unknown" in row["selected_on"] for row in fused["fusion"])
    assert notices.lines(fused) == ["20 recordings in 4 groups, told by gNN in UCF101's names"]


def test_where_recordings_are_unknown_the_best_fixed_rule_is_reported_and_the_others_are_marked():
    fused = find(grouping=UNKNOWN)
    best, *others = fused["fusion"]
    fixed = [row for row in fused["fusion"] if row["selected_on"] == "nothing"]
    assert best["selected_on"] == "nothing"
    assert best["top1"] == max(row["top1"] for row in fixed)
    selected = [row["selected_on"] for row in others if row["selected_on"] not in ("nothing", "oracle")]
    assert selected
    assert all("groups unknown" in words for words in selected)
    assert "recordings are unknown, so that near copies" in fused["warnings"][0]
    assert notices.lines(fused)[1].startswith("warning: recordings are unknown")


def test_what_validation_videos_selected_is_reported_though_recordings_are_unknown():
    fused = find(grouping=UNKNOWN, is_test=np.arange(200) % 2 == 0)
    assert fused["fusion"][0]["selected_on"] == "validation"


def test_a_stream_that_cannot_be_right_is_named():
    streams = noisy(videos=400, classes=5, noise=(0.5, 50.0))
    fused = findings.find(streams, fusion_settings(**CHEAP), 1)
    assert [sentence.split(":")[0] for sentence in fused["warnings"]] == ["s1 is at chance"]


def test_a_stream_that_is_given_twice_is_named():
    streams = noisy(videos=400, classes=5)
    scores = streams.samples[0]
    twice = replace(streams, samples=(scores, 3 * scores + 1))
    fused = findings.find(twice, fusion_settings(**CHEAP), 1)
    assert fused["warnings"] == ["s1 has the same scores as s0: the two are one stream, given twice"]


def test_where_one_group_leaves_nothing_to_select_on_the_warnings_say_so():
    streams = noisy()
    fused = findings.find(replace(streams, groups=np.full(200, "g01")), fusion_settings(**CHEAP), 1)
    assert {row["selected_on"] for row in fused["fusion"]} == {"nothing"}
    assert fused["warnings"][0].startswith("all test videos are of one group, so that none is left to select on")


def test_a_stream_that_was_trained_on_test_videos_marks_all_that_is_built_on_it():
    in_training = np.zeros(200, bool)
    in_training[[3, 5]] = True
    known = Training(in_training=in_training, summary={"training_videos": 7, "validation_videos": 2}, remarks=("odd",))
    fused = find(training=(known, None))
    assert "s0 was trained on 2 of 200 test videos, v3 among them: its numbers are no results" in fused["warnings"]
    assert "s0: odd" in fused["warnings"]
    assert [row.get("tested_in_training") for row in fused["streams"]] == [2, None]
    assert {row["tested_in_training"] for row in fused["fusion"]} == {2}
    assert (fused["streams"][0]["training_videos"], fused["streams"][0]["validation_videos"]) == (7, 2)
    assert [pill.text for pill in labels.pills(fused["fusion"][0])] == ["trained on test videos"]
    assert derive.caveat(fused["fusion"][0]) == " (no result: 2 of the test videos were trained on)"
    assert "s0 was trained on 2 of the test videos: no result." in labels.notes(fused)


def test_a_stream_that_was_trained_on_other_videos_has_no_mark():
    fused = find(training=(Training(in_training=np.zeros(200, bool), summary={}), None))
    assert fused["warnings"] == []
    assert labels.pills(fused["fusion"][0]) == [] and derive.caveat(fused["fusion"][0]) == ""
