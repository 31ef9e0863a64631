import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.errors import InputError
from twostream.videos import splits

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


@pytest.mark.parametrize(
    ("pattern", "group"),
    [
        (r"_g\d+", "_g07"),
        (r"_g(\d+)", "g07"),
        (r"_(?:h(\d+)|g(\d+))", "g07"),
        (r"(?P<who>g\d+)(_x)?", "gg07"),
        (r"_h", None),
    ],
)
def test_a_pattern_may_have_no_group_several_or_no_match(pattern, group):
    video = "Jump/v_Jump_g07_c01.avi"
    assert splits.group_of(video, pattern) == (group or video)


@pytest.mark.parametrize("pattern", [r"_c\d+(_x)?", r"(x*)", r"x*"])
def test_videos_in_which_a_group_takes_no_part_are_named(pattern):
    with pytest.raises(InputError, match=r"matches in A/a_c1\.avi and in 1 more, and its group is empty there: make"):
        splits.groups_of(["B/b_c1.avi", "A/a_c1.avi"], pattern)
