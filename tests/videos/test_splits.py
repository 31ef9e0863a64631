from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.errors import InputError
from twostream.videos import splits


def lists(folder: Path, classes: str, train: str, test: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("classInd", classes), ("trainlist01", train), ("testlist01", test)):
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_lists_in_ucf101s_form(tmp_path):
    lists(tmp_path, "1 Jump\n2 Run\n", "Jump/a.avi 1\r\nRun/b c.avi 2\n", "Run/d.avi\n\n")
    split = splits.read_lists(tmp_path, 1)
    assert split.class_names == ("Jump", "Run")
    assert split.subset_of == {"Jump/a.avi": "train", "Run/b c.avi": "train", "Run/d.avi": "test"}
    assert split.label_of == {"Jump/a.avi": 0, "Run/b c.avi": 1, "Run/d.avi": 1}


@pytest.mark.parametrize(
    ("classes", "train", "test", "words"),
    [
        ("1 Jump", "", "Jump/a.avi", "trainlist01.txt: no video is listed"),
        ("1 Jump", "Jump/a.avi 1", "", "testlist01.txt: no video is listed"),
        ("1 Jump", "Jump/a.avi 1", "Jump/a.avi", "testlist01.txt: Jump/a.avi stands in the training list too"),
        ("1 Jump", "Run/a.avi 1", "Jump/b.avi", "classInd.txt: class `Run`"),
        ("2 Jump", "Jump/a.avi 1", "Jump/b.avi", "classInd.txt: `2 Jump` is not `1 NAME`"),
        ("1 A\n2 A", "A/a.avi 1", "A/b.avi", "named twice"),
        ("1 Jump", "../../etc/passwd 1", "Jump/b.avi", "not `class/video.avi` within the data set's folder"),
        ("1 Jump", "/etc/passwd 1", "Jump/b.avi", "not `class/video.avi` within the data set's folder"),
        ("1 Jump", "a.avi 1", "Jump/b.avi", "not `class/video.avi`"),
        ("1 A\n2 B", "A/a.avi 2", "A/b.avi", "class A has the number 1 in classInd.txt"),
    ],
)
def test_bad_lists_are_refused_by_name(tmp_path, classes, train, test, words):
    with pytest.raises(InputError) as refused:
        splits.read_lists(lists(tmp_path, classes, train, test), 1)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(InputError, match=r"classInd\.txt: the list cannot be read"):
        splits.read_lists(tmp_path, 1)


names = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=40, unique=True
)


@given(names, st.booleans(), st.floats(0.1, 0.6), st.integers(0, 5))
def test_a_group_is_in_one_subset_only_and_every_class_is_in_train(videos, shared, fraction, seed):
    ids = [f"{name}/v_g{group:02d}_c{clip}.avi" for name, group, clip in videos]
    group = {id: splits.group_of(id, r"_g(\d+)") if shared else id.rsplit("_", 1)[0] for id in ids}
    split = splits.by_group(group, fraction, seed)
    sides: dict[str, set[str]] = {}
    for id in ids:
        sides.setdefault(group[id], set()).add(split.subset_of[id])
    assert all(len(side) == 1 for side in sides.values())
    trained = {id.split("/")[0] for id in ids if split.subset_of[id] == "train"}
    assert trained == set(split.class_names)


def test_the_test_subset_has_about_the_size_that_is_set():
    ids = [f"{name}/v_g{group:02d}_c1.avi" for name in "AB" for group in range(1, 26)]
    split = splits.by_group({id: splits.group_of(id, r"_g(\d+)") for id in ids}, 0.3, 0)
    assert sum(side == "test" for side in split.subset_of.values()) == 16  # 8 of 25 recordings, both classes


def test_a_video_without_a_group_in_its_name_is_its_own():
    assert splits.group_of("Jump/holiday.mp4", r"_g(\d+)") == "Jump/holiday.mp4"
    assert splits.group_of("Jump/v_Jump_g07_c01.avi", r"_g(\d+)") == "g07"
    assert splits.group_of("Jump/v_Jump_g07_c01.avi", None) == "Jump/v_Jump_g07_c01.avi"
