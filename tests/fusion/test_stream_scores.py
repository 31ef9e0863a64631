import numpy as np
import pytest

from twostream.errors import InputError
from twostream.fusion import stream_scores
from twostream.logits import logits_file
from twostream.logits.training import Training


def logits(**changed):
    stored = {
        "logits": np.arange(12, dtype=np.float32).reshape(2, 2, 3),
        "video_id": ("A/a.avi", "B/b.avi"),
        "label": np.array([0, 1]),
        "frame_index": np.zeros((2, 2), np.int64),
        "class_name": ("A", "B", "C"),
        "split": ("test", "test"),
        "group": ("g01", "g02"),
    }
    return logits_file.Logits(**(stored | changed))


def test_samples_are_averaged():
    streams = stream_scores.gather({"a": logits()}, {"a": "a.h5"})
    assert streams.scores[0].tolist() == [[1.5, 2.5, 3.5], [7.5, 8.5, 9.5]]


def test_modalities_come_from_the_logits():
    streams = stream_scores.gather({"motion": logits(modality="flow"), "b": logits()}, {"motion": "a.h5", "b": "b.h5"})
    assert streams.modalities == ("flow", "unknown")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"video_id": ("A/a.avi", "B/c.avi")}, "b.h5: its video_id is not that of a.h5, `B/b.avi`"),
        ({"class_name": ("A", "C", "B")}, "b.h5: its class_name is not that of a.h5, the order differs"),
        ({"label": np.array([1, 1])}, "b.h5: its labels are not those"),
        ({"split": ("train", "test")}, "b.h5: its splits are not those"),
    ],
)
def test_streams_that_do_not_match_are_refused(changed, words):
    with pytest.raises(InputError) as refused:
        stream_scores.gather({"a": logits(), "b": logits(**changed)}, {"a": "a.h5", "b": "b.h5"})
    assert words in str(refused.value)


@pytest.mark.parametrize(("subset", "used"), [("train", ["B/b.avi"]), ("validation", ["A/a.avi", "B/b.avi"])])
def test_videos_trained_on_are_never_used(subset, used):
    streams = stream_scores.gather({"a": logits(split=(subset, "test"))}, {"a": "a.h5"})
    assert list(streams.video_id) == used


def test_no_test_video():
    with pytest.raises(InputError, match="has no test video"):
        stream_scores.gather({"a": logits(split=("train", "train"))}, {"a": "a.h5"})


@pytest.mark.parametrize(
    ("group", "is_ours", "is_known"),
    [(("g01", "g02"), True, True), (("A/a.avi", "B/b.avi"), True, False), (("g01", "g02"), False, False)],
)
def test_a_group_for_each_video_is_a_recording_where_the_workflow_names_it(group, is_ours, is_known):
    known = {"training": Training(in_training=np.zeros(2, bool), summary={})} if is_ours else {}
    streams = stream_scores.gather({"a": logits(group=group, **known)}, {"a": "a.h5"})
    assert streams.grouping.is_known == is_known
