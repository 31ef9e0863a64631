import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twostream.fusion import folds


def test_each_group_is_a_fold():
    divided = folds.divide(np.array(["b", "a", "b", "c"]), np.ones(4, bool), 10)
    assert divided.fold_of_video.tolist() == [1, 0, 1, 2]
    assert divided.test_folds == (0, 1, 2)
    assert str(divided.selected_on) == "leave-one-group-out"


@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(2, 8))
def test_many_groups_share_folds_and_stay_whole(numbers, most):
    groups = np.array([f"g{n}" for n in numbers])
    divided = folds.divide(groups, np.ones(len(groups), bool), most)
    if divided is None:
        assert len(set(numbers)) == 1
        return
    assert divided.number == min(most, len(set(numbers)))
    assert all(len(set(divided.fold_of_video[groups == group])) == 1 for group in groups)


def test_validation_videos_are_divided_and_test_videos_are_one_fold():
    is_test = np.array([True, False, False, True])
    divided = folds.divide(np.array(["a", "b", "c", "a"]), is_test, 10)
    assert divided.fold_of_video.tolist() == [2, 0, 1, 2]
    assert (divided.test_folds, str(divided.selected_on)) == ((2,), "validation")
    assert divided.train(2).tolist() == (~is_test).tolist()
    assert divided.train(2, 0).tolist() == [False, False, True, False]
