"""What a row says of the videos that it was selected on, written and read back."""

import pytest

from twostream import selected_on
from twostream.selected_on import Selection


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "validation",
        "validation (transductive)",
        "leave-one-group-out",
        "leave-one-group-out (trained)",
        "leave-one-group-out (10 folds of whole groups, trained, groups unknown)",
        "oracle",
    ],
)
def test_what_is_written_is_read_back(text):
    assert str(Selection.from_text(text)) == text


def test_a_remark_stands_behind_the_videos_once():
    selection = Selection(selected_on.LEAVE_ONE_GROUP_OUT).with_remark(selected_on.TRAINED)
    assert selection == selection.with_remark(selected_on.TRAINED)
    assert str(selection.with_remark(selected_on.TRANSDUCTIVE)) == "leave-one-group-out (trained, transductive)"


def test_older_files_named_their_folds_alone():
    old = Selection.from_text("10 folds of whole groups")
    assert (old.videos, old.remarks) == ("leave-one-group-out", ("10 folds of whole groups",))


def test_the_mean_of_two_has_the_remarks_of_both():
    chosen, trained = Selection("validation"), Selection("validation", ("trained",))
    assert chosen.merge(trained) == trained.merge(chosen) == trained


@pytest.mark.parametrize(
    ("text", "uses_test_labels", "is_oracle", "is_fixed"),
    [
        ("nothing", False, False, True),
        ("validation", False, False, False),
        ("leave-one-group-out (trained)", True, False, False),
        ("oracle", True, True, False),
    ],
)
def test_labels_of_test_videos_have_a_part_in_all_but_validation_and_fixed_rules(
    text, uses_test_labels, is_oracle, is_fixed
):
    selection = Selection.from_text(text)
    assert (selection.uses_test_labels, selection.is_oracle, selection.is_fixed) == (
        uses_test_labels,
        is_oracle,
        is_fixed,
    )
