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


def test_the_test_subset_has_about_the_size_that_is_set():
    ids = [f"{name}/v_g{group:02d}_c1.avi" for name in "AB" for group in range(1, 26)]
    split = splits.by_group({id: id.split("_")[1] for id in ids}, 0.3, 0)
    assert sum(side == "test" for side in split.subset_of.values()) == 16  # 8 of 25 recordings, both classes
