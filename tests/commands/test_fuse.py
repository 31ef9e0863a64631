"""The published networks' scores: figures computed by others from the same files, and what beats them honestly."""

import json
import os
import pickle
import sys

import numpy as np
import pytest

from twostream import cli
from twostream.fusion import findings


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

    def test_the_command_and_the_machine_that_made_it_are_known(self, published):
        assert published["made_by"]["command"].startswith("twostream fuse --scores=spatial=")
        assert "cores" in published["made_by"]["machine of this page"]
        assert published["videos"]["split_by"] == "split 1 of the lists in splits"

    def test_the_landscape_holds_the_oracle(self, published):
        oracles = [row["top1"] for row in published["fusion"] if row["selected_on"] == "oracle"]
        assert max(cell["top1"] for cell in published["landscape"]) == pytest.approx(max(oracles), abs=1e-3)


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """Two streams of random scores for eight videos; the settings name the page."""
    names = [f"{label}_g{group:02d}_c01" for label in ("A", "B") for group in range(1, 5)]
    (tmp_path / "classInd.txt").write_text("1 A\n2 B\n")
    (tmp_path / "trainlist01.txt").write_text("A/v_A_g09_c01.avi 1\nB/v_B_g09_c01.avi 2\n")
    (tmp_path / "testlist01.txt").write_text("".join(f"{name[0]}/v_{name}.avi\n" for name in names))
    rng = np.random.default_rng(0)
    files = {name: tmp_path / f"{name}.pickle" for name in ("spatial", "temporal")}
    for file in files.values():
        file.write_bytes(pickle.dumps({name: rng.normal(size=2).astype(np.float32) for name in names}))
    (tmp_path / "settings.yaml").write_text("report: {title: My networks}\n")
    scores = [f"--scores={name}={file}" for name, file in files.items()]
    arguments = [*scores, f"--splits={tmp_path}", f"--out={tmp_path / 'out'}", f"--config={tmp_path / 'settings.yaml'}"]
    monkeypatch.setattr(sys, "argv", ["twostream", "fuse", *arguments])


def test_a_title_in_the_settings_is_that_of_the_page(tmp_path, arguments):
    cli.main()
    assert "<title>My networks, split 1</title>" in (tmp_path / "out" / "report.html").read_text()


def test_ctrl_c_does_not_promise_to_go_on(arguments, monkeypatch, capsys):
    """Nothing of a fusion is kept for another one."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    def end(status):
        raise SystemExit(status)

    monkeypatch.setattr(findings, "find", interrupt)
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(SystemExit, match="130"):
        cli.main()
    assert capsys.readouterr().err.splitlines()[-1] == "twostream: interrupted; the same command begins anew"
