"""Which videos are for validation, and that no test video is among them unless the settings ask for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.videos import entry
from twostream.training import subsets
from twostream.videos import index


def member(name: str, label: int, subset: str, group: int) -> index.Video:
    return entry(f"{'ABC'[label]}/{name}.avi", label=label, subset=subset, group=f"g{group:02d}")


def entries(groups: int, clips: int = 2, classes: int = 3) -> index.Index:
    videos = [
        member(f"{subset}{label}_{group}_{clip}", label, subset, group + 50 * (subset == "test"))
        for subset in ("train", "test")
        for label in range(classes)
        for group in range(groups)
        for clip in range(clips)
    ]
    return index.Index(("A", "B", "C"), tuple(videos), ())


SETTINGS = {"by": "group", "fraction": 0.2}


@given(st.integers(2, 12), st.integers(1, 3), st.floats(0.01, 0.5))
def test_whole_recordings_are_held_out_of_the_training_videos(groups, clips, fraction):
    catalogue = entries(groups, clips)
    divided = subsets.divide(catalogue, SETTINGS | {"fraction": fraction})
    assert {*divided.train, *divided.validation} == set(catalogue.subset("train"))
    assert divided.validation == divided.held_out
    assert not {v.group for v in divided.train} & {v.group for v in divided.validation}
    for label in range(3):
        count = sum(v.label == label for v in divided.validation)
        assert 0 < count < fraction * groups * clips + clips
        assert any(v.label == label for v in divided.train)


def test_where_no_recording_can_be_spared_there_is_no_validation():
    catalogue = entries(groups=1)
    assert subsets.divide(catalogue, SETTINGS) == subsets.Subsets(catalogue.subset("train"), (), ())


@pytest.mark.parametrize(("by", "is_validated"), [("none", False), ("test", True)])
def test_without_validation_all_training_videos_are_trained_on(by, is_validated):
    catalogue = entries(groups=3)
    divided = subsets.divide(catalogue, SETTINGS | {"by": by})
    assert (divided.train, divided.held_out) == (catalogue.subset("train"), ())
    assert divided.validation == (catalogue.subset("test") if is_validated else ())
