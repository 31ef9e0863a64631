"""The published networks' scores: figures computed by others from the same files, and what beats them honestly."""

import json
import sys

import numpy as np
import pytest

from twostream import cli
from twostream.errors import InputError
from twostream.fusion import stream_scores
from twostream.logits import logits_file


@pytest.fixture(scope="module")
def published(ucf101, tmp_path_factory):
    """What `twostream fuse` writes for UCF101's split 1."""
    out = tmp_path_factory.mktemp("fuse")
    files = {"spatial": "spatial", "temporal": "motion"}
    scores = [f"--scores={name}={ucf101 / 'scores' / file}_video_preds.pickle" for name, file in files.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["twostream", "fuse", *scores, f"--splits={ucf101 / 'splits'}", f"--out={out}"])
        cli.main()
    assert (out / "report.html").read_text().startswith("<!doctype html>")
    return json.loads((out / "report.json").read_text())


def figures(row):
    return round(row["top1"], 3), round(row["top5"], 3)


class TestPublishedScores:
    def test_streams_alone(self, published):
        found = {row["stream"]: figures(row) for row in published["streams"]}
        assert found == {"spatial": (81.258, 95.929), "temporal": (79.672, 95.374)}

    def test_fixed_rules(self, published):
        found = {row["strategy"]: figures(row) for row in published["fusion"] if row["selected_on"] == "nothing"}
        assert found["average"] == (88.078, 97.912)
        assert found["max"] == (79.725, 95.665)
        assert found["1:2"] == (84.800, 97.066)
        assert found["2:1"] == (89.981, 98.520)

    def test_weights_chosen_on_other_groups_stay_below_the_oracle(self, published):
        found = {(row["strategy"], row["selected_on"]): row["top1"] for row in published["fusion"]}
        assert found["weighted", "leave-one-group-out"] == pytest.approx(90.14, abs=0.1)
        assert found["weighted", "oracle"] == pytest.approx(90.431, abs=0.001)
        assert found["scales", "leave-one-group-out"] == pytest.approx(90.35, abs=0.03)

    def test_the_best_of_all_chosen_inside_is_reported(self, published):
        best = published["fusion"][0]
        assert best["selected_on"] == "leave-one-group-out"
        assert best["top1"] >= 91
        assert best["ci95"][0] < best["top1"] < best["ci95"][1]

    def test_every_video_is_accounted_for(self, published):
        assert np.sum(published["confusion"]["fused"]) == 3783
        assert sum(row["videos"] for row in published["classes"]) == 3783
        assert published["scores"]["spatial"] == {"file": "spatial_video_preds.pickle", "videos": 3783, "extra": 0}


class TestGather:
    def logits(self, **changed):
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

    def test_samples_are_averaged(self):
        found = stream_scores.gather({"a": self.logits()}, {"a": "a.h5"})
        assert found.scores[0].tolist() == [[1.5, 2.5, 3.5], [7.5, 8.5, 9.5]]

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"video_id": ("A/a.avi", "B/c.avi")}, "b.h5: its video_id is not that of a.h5: `B/b.avi`"),
            ({"class_name": ("A", "C", "B")}, "b.h5: its class_name is not that of a.h5: the order differs"),
            ({"label": np.array([1, 1])}, "b.h5: its labels are not those"),
            ({"split": ("train", "test")}, "b.h5: its splits are not those"),
        ],
    )
    def test_streams_that_do_not_match_are_refused(self, changed, words):
        with pytest.raises(InputError) as refused:
            stream_scores.gather({"a": self.logits(), "b": self.logits(**changed)}, {"a": "a.h5", "b": "b.h5"})
        assert words in str(refused.value)

    @pytest.mark.parametrize(("side", "used"), [("train", ["B/b.avi"]), ("validation", ["A/a.avi", "B/b.avi"])])
    def test_videos_trained_on_are_never_used(self, side, used):
        found = stream_scores.gather({"a": self.logits(split=(side, "test"))}, {"a": "a.h5"})
        assert list(found.video_id) == used

    def test_no_test_video(self):
        with pytest.raises(InputError, match="has no test video"):
            stream_scores.gather({"a": self.logits(split=("train", "train"))}, {"a": "a.h5"})
