from hypothesis import given
from hypothesis import strategies as st

from twostream.videos import splits

names = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=40, unique=True
)


@given(names, st.booleans(), st.floats(0.1, 0.6), st.integers(0, 5))
def test_a_group_is_in_one_subset_only_and_every_class_is_in_train(videos, shared, fraction, seed):
    ids = [f"{name}/v_g{group:02d}_c{clip}.avi" for name, group, clip in videos]
    group = {id: id.split("_")[1] if shared else id.rsplit("_", 1)[0] for id in ids}
    split = splits.by_group(group, fraction, seed)
    sides: dict[str, set[str]] = {}
    for id in ids:
        sides.setdefault(group[id], set()).add(split.subset_of[id])
    assert all(len(side) == 1 for side in sides.values())
    trained = {id.split("/")[0] for id in ids if split.subset_of[id] == "train"}
    assert trained == set(split.class_names)


@given(names, st.booleans(), st.floats(0.1, 0.6), st.integers(0, 5))
def test_no_single_recording_brings_the_split_nearer_to_the_fraction(videos, shared, fraction, seed):
    ids = [f"{name}/v_g{group:02d}_c{clip}.avi" for name, group, clip in videos]
    group = {id: id.split("_")[1] if shared else id.rsplit("_", 1)[0] for id in ids}
    test = {id for id, subset in splits.by_group(group, fraction, seed).subset_of.items() if subset == "test"}
    assert test == {
        id
        for id, subset in splits.by_group(dict(sorted(group.items())), fraction, seed).subset_of.items()
        if subset == "test"
    }
    for moved in set(group.values()):
        other = test ^ {id for id in ids if group[id] == moved}
        if may_be(group, other):
            assert distance(ids, other, fraction) >= distance(ids, test, fraction) - 1e-6


def may_be(group, test):
    """Whether each class has a group to train on, and one to test on if it has two or more."""
    for name in {id.split("/")[0] for id in group}:
        own = {id for id in group if id.startswith(f"{name}/")}
        if not own - test or (not own & test and len({group[id] for id in own}) > 1):
            return False
    return True


def distance(ids, test, fraction):
    """By how many videos all classes together are off the fraction."""
    names = [id.split("/")[0] for id in ids]
    tested = [id.split("/")[0] for id in test]
    return sum(abs(tested.count(name) - fraction * names.count(name)) for name in set(names))


def test_a_fraction_of_few_recordings_is_rounded_to_the_nearest():
    """0.3 of four recordings are one of them, of which it once took two: 42 % of a data set."""
    ids = [f"{name}/v_{name}_g{n}.avi" for name in "ABCDEF" for n in range(4)]
    split = splits.by_group({id: id for id in ids}, 0.3, 0)
    assert list(split.subset_of.values()).count("test") == 6
    assert {id[0] for id, subset in split.subset_of.items() if subset == "test"} == set("ABCDEF")


def test_of_recordings_of_several_sizes_those_are_taken_that_fit():
    group = {f"A/{size}_{n}": f"g{size}" for size in (9, 2, 1, 8) for n in range(size)}
    for seed in range(6):
        test = [id for id, subset in splits.by_group(group, 0.1, seed).subset_of.items() if subset == "test"]
        assert len(test) == 2


def test_the_seed_changes_which_recordings_are_tested():
    group = {f"A/{n}": f"g{n}" for n in range(10)}
    tests = {tuple(splits.by_group(group, 0.3, seed).subset_of.values()) for seed in range(5)}
    assert len(tests) > 2


def test_the_test_subset_has_about_the_size_that_is_set():
    ids = [f"{name}/v_g{group:02d}_c1.avi" for name in "AB" for group in range(1, 26)]
    split = splits.by_group({id: id.split("_")[1] for id in ids}, 0.3, 0)
    assert sum(side == "test" for side in split.subset_of.values()) in (14, 16)  # 7 or 8 of 25 recordings, both classes
