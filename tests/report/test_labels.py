"""Whose labels had a part in a number: the sentences beside it, and what marks it."""

import pytest

from twostream.report import labels

NOTE = {"videos": 3783, "per_class": 37.0, "groups": 7, "folds": 7}


def row(selected_on, top1=90.0, **more):
    return {
        "strategy": "weighted",
        "streams": ["a", "b"],
        "params": {},
        "selected_on": selected_on,
        "top1": top1,
    } | more


def findings(*rows, note=NOTE, epoch="nothing"):
    streams = [{"stream": name, "best_epoch_on": epoch} for name in "ab"]
    return {"fusion": list(rows), "streams": streams, "selection": note}


@pytest.mark.parametrize(
    ("selected_on", "sentence"),
    [
        ("nothing", "A fixed rule: nothing was tuned."),
        ("validation", "Chosen on 3,783 validation videos, without any label of a test video."),
        (
            "leave-one-group-out",
            "Cross-validated (7 folds, a group of recordings each): labels of other test videos chose the fusion of "
            "each fold, its own labels did not.",
        ),
        ("oracle", "Tuned on the same test videos: an upper limit of the grid, not a result."),
    ],
)
def test_each_selection_has_its_sentence(selected_on, sentence):
    assert labels.of_row(row(selected_on), NOTE) == sentence


def test_a_trained_family_many_groups_and_unknown_recordings_are_said():
    note = NOTE | {"groups": 1530, "folds": 10}
    words = labels.of_row(row("leave-one-group-out (10 folds of whole groups, trained, groups unknown)"), note)
    assert "(10 folds of 1,530 groups of recordings)" in words
    assert "chose and trained the fusion" in words
    assert "the number is optimistic" in words


def test_the_best_fixed_rule_stands_beside_what_test_labels_chose():
    rows = [row("leave-one-group-out", 91.8), row("nothing", 88.0), row("nothing", 90.0, strategy="2:1")]
    assert labels.notes(findings(*rows))[1] == "The best of the 2 fixed rules, which used no label: 2:1, 90.0 %."
    assert labels.notes(findings(*rows[:2]))[1].startswith("The fixed rule, which used no label: ")
    assert len(labels.notes(findings(row("validation"), rows[1]))) == 1


def test_an_unknown_epoch_is_said_to_be_unknown_and_one_of_test_videos_to_be_one():
    unknown = findings(row("nothing"))
    for stream in unknown["streams"]:
        del stream["best_epoch_on"]
    assert labels.notes(unknown)[-1] == (
        "How the epoch of a and b was chosen is unknown: treat the numbers as upper limits."
    )
    assert "did best on the test videos" in labels.notes(findings(row("nothing"), epoch="test"))[-1]
    assert len(labels.notes(findings(row("nothing"), epoch="validation"))) == 1


def test_why_test_labels_were_needed_is_said_and_that_validation_videos_are_few():
    assert "no validation scores" in labels.without_validation(row("leave-one-group-out"), NOTE)[0]
    few = labels.without_validation(row("validation"), NOTE | {"per_class": 9.0})
    assert few[0].startswith("There are 9 validation videos a class")
    assert labels.without_validation(row("validation"), NOTE) == []


@pytest.mark.parametrize(
    ("selected_on", "words"),
    [
        ("nothing", "none"),
        ("validation", "validation videos"),
        ("leave-one-group-out (10 folds of whole groups, trained)", "other test videos (trained)"),
        ("oracle", "the same test videos"),
    ],
)
def test_the_labels_that_a_row_used_are_a_column(selected_on, words):
    assert labels.in_words(row(selected_on)) == words


def test_a_number_tuned_on_test_and_one_with_an_epoch_of_test_have_different_marks():
    kinds = [pill.text for pill in labels.pills(row("oracle", best_epoch_on="test"))]
    assert kinds == ["tuned on test", "epoch chosen on test"]
    assert labels.pills(row("leave-one-group-out", best_epoch_on="validation")) == []
    assert [pill.text for pill in labels.pills(row("leave-one-group-out (groups unknown)"))] == ["optimistic"]
