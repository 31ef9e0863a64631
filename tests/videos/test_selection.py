"""Parts of a data set: some classes, some videos of each, and those of the lists that are there."""

from collections import Counter
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

from support.project import make_lists
from twostream.config import check
from twostream.errors import InputError
from twostream.videos import left_out, listing, selection, split_lists
from twostream.videos.formats.form import Form
from twostream.videos.splits import Split

ALL = {**selection.EVERYTHING, "group_pattern": "auto", "split": 1}
TRAIN = [f"{name}/v_{name}_g{group:02d}_c{clip}.avi" for name in "ABC" for group in (2, 3, 4) for clip in (1, 2, 3)]
TEST = [f"{name}/v_{name}_g01_c{clip}.avi" for name in "ABC" for clip in (1, 2)]
IDS = [*TRAIN, *TEST]
SPLIT = Split(
    class_names=tuple("ABC"),
    subset_of=dict.fromkeys(TRAIN, "train") | dict.fromkeys(TEST, "test"),
    label_of={id: "ABC".index(id[0]) for id in IDS},
    kind="UCF101",
)


def cells(split: Split) -> Counter[tuple[str, str]]:
    return Counter((split.class_names[split.label_of[id]], subset) for id, subset in split.subset_of.items())


def test_by_default_everything_is_used():
    assert dict(selection.EVERYTHING).items() <= check.check({})["dataset"].items()
    assert selection.select(IDS, SPLIT, ALL) == selection.Selection(SPLIT, {})
    assert selection.effective(ALL) == {}


@pytest.mark.parametrize("split", [SPLIT, None])
def test_some_classes_in_the_order_of_the_data_set(split):
    part = selection.select(IDS, split, ALL | {"classes": ["C", "A"]})
    assert selection.effective(ALL | {"classes": ["C", "A"]}) == {"classes": ["A", "C"]}
    assert part.left_out == {id: left_out.OTHER_CLASS for id in IDS if id.startswith("B/")}
    if part.split:
        assert part.split.class_names == ("A", "C")
        assert {id[0]: label for id, label in part.split.label_of.items()} == {"A": 0, "C": 1}
        assert part.split.subset_of.keys() == part.split.label_of.keys() == set(IDS) - part.left_out.keys()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("jumpingjack", "the data set has no class `jumpingjack`: choose JumpingJack$"),
        ("Zzz", "no class `Zzz`: choose Bowling or Diving or JumpingJack or 1 more$"),
    ],
)
def test_an_unknown_class_is_refused_with_near_names(wanted, words):
    ids = ["Bowling/a.avi", "Diving/a.avi", "JumpingJack/a.avi", "Rowing/a.avi"]
    with pytest.raises(InputError, match=f"^dataset.classes: {words}" if wanted != "Zzz" else words):
        selection.select(ids, None, ALL | {"classes": ["Diving", wanted]})


def test_a_class_is_known_in_any_form_of_unicode():
    ids = ["Cafe\u0301/a.avi", "Run/a.avi", "Jump/a.avi"]
    assert selection.select(ids, None, ALL | {"classes": ["Caf\u00e9", "Run"]}).left_out.keys() == {"Jump/a.avi"}


def test_a_limit_is_of_each_class_and_subset_and_takes_as_many_recordings_as_can_be():
    three = selection.select(IDS, SPLIT, ALL | {"limit": 3}).split
    assert three
    assert cells(three) == {(name, subset): n for name in "ABC" for subset, n in (("train", 3), ("test", 2))}
    recordings = {(id[0], PurePosixPath(id).stem[:-3]) for id, subset in three.subset_of.items() if subset == "train"}
    assert len(recordings) == 9


def test_a_higher_limit_keeps_what_a_lower_one_has():
    used = [selection.select(IDS, SPLIT, ALL | {"limit": n}).split for n in (1, 2, 4, 9)]
    assert [len(split.subset_of) for split in used if split] == [6, 12, 18, 33]
    ids = [split.subset_of.keys() for split in used if split]
    assert all(few < many for few, many in pairwise(ids))


def test_without_lists_a_limit_is_of_each_class_and_what_may_be_no_video_comes_last():
    ids = [*IDS, "A/notes"]
    part = selection.select(ids, None, ALL | {"limit": 4})
    assert Counter(id[0] for id in set(ids) - part.left_out.keys()) == {"A": 4, "B": 4, "C": 4}
    assert part.left_out["A/notes"] == left_out.BEYOND_LIMIT


def test_listed_videos_that_are_not_there_are_skipped_with_their_classes(tree, tmp_path):
    folder = tree(classes=("Jump", "Run"))
    lists = make_lists(tmp_path / "lists", folder)
    for name, line in (("classInd", "3 Sit"), ("trainlist01", "Sit/s.avi 3"), ("testlist01", "Sit/t.avi")):
        with (lists / f"{name}.txt").open("a") as file:
            file.write(f"{line}\n")
    (folder / "Run" / "v_Run_g02_c01.avi").unlink()
    ids = [file.id for file in listing.scan(folder)]
    form = Form(name="ucf101", source=lists)
    with pytest.raises(InputError, match=r"nor are 2 more that are listed: .* set dataset\.missing to skip"):
        selection.of_data(folder, ids, form, ALL)
    part = selection.of_data(folder, ids, form, ALL | {"missing": "skip"})
    assert part.left_out == dict.fromkeys(("Run/v_Run_g02_c01.avi", "Sit/s.avi", "Sit/t.avi"), left_out.MISSING)
    assert part.split
    assert part.split.class_names == ("Jump", "Run")
    assert part.split.subset_of.keys() == set(ids)


def test_a_class_without_a_training_video_is_left_out_where_videos_are_missing():
    gone = frozenset(id for id in TRAIN if id.startswith("B/"))
    there = Split(
        class_names=SPLIT.class_names,
        subset_of={id: subset for id, subset in SPLIT.subset_of.items() if id not in gone},
        label_of={id: label for id, label in SPLIT.label_of.items() if id not in gone},
        missing=gone,
    )
    part = selection.select([id for id in IDS if id not in gone], there, ALL | {"missing": "skip"})
    assert Counter(part.left_out.values()) == {left_out.MISSING: 9, left_out.UNTRAINED: 2}
    assert part.split
    assert part.split.class_names == ("A", "C")


def test_a_folder_with_none_of_the_listed_videos_is_refused(tree, tmp_path):
    folder = tree()
    lists = make_lists(tmp_path / "lists", folder)
    with pytest.raises(InputError, match="holds none of the 12 videos on the lists"):
        split_lists.read_for(folder, ["Jump/other.avi"], lists, 1, skip_missing=True)
