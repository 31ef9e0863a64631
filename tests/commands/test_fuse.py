"""The published networks' scores: figures computed by others from the same files, and what beats them honestly."""

import json
import sys

import numpy as np
import pytest

from twostream import cli


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
        ours = {row["stream"]: figures(row) for row in published["streams"]}
        assert ours == {"spatial": (81.258, 95.929), "temporal": (79.672, 95.374)}

    def test_fixed_rules(self, published):
        top1_top5 = {row["strategy"]: figures(row) for row in published["fusion"] if row["selected_on"] == "nothing"}
        assert top1_top5["average"] == (88.078, 97.912)
        assert top1_top5["max"] == (79.725, 95.665)
        assert top1_top5["1:2"] == (84.800, 97.066)
        assert top1_top5["2:1"] == (89.981, 98.520)

    def test_weights_chosen_on_other_groups_stay_below_the_oracle(self, published):
        top1 = {(row["strategy"], row["selected_on"]): row["top1"] for row in published["fusion"]}
        assert top1["weighted", "leave-one-group-out"] == pytest.approx(90.14, abs=0.1)
        assert top1["weighted", "oracle"] == pytest.approx(90.431, abs=0.001)
        assert top1["scales", "leave-one-group-out"] == pytest.approx(90.35, abs=0.03)

    def test_the_best_of_all_chosen_inside_is_reported(self, published):
        best = published["fusion"][0]
        assert best["selected_on"] == "leave-one-group-out (trained)"
        assert best["top1"] >= 91
        assert best["ci95"][0] < best["top1"] < best["ci95"][1]

    def test_every_video_is_accounted_for(self, published):
        assert np.sum(published["confusion"]["fused"]) == 3783
        assert sum(row["videos"] for row in published["classes"]) == 3783
        assert published["scores"]["spatial"] == {"file": "spatial_video_preds.pickle", "videos": 3783, "extra": 0}
