"""The workflow's own scores say themselves what is tested: fusing them needs no lists, and training is told."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from twostream import cli
from twostream.logits import logits_file
from twostream.logits.logits_file import Logits
from twostream.logits.training import Training

VIDEOS = 24
LABELS = np.arange(VIDEOS) % 3


def write(file, seed, in_training=(), lr=0.1):
    """Write scores of 18 test videos and of 6 that the epoch was selected on."""
    scores = np.random.default_rng(seed).normal(size=(VIDEOS, 2, 3)) + 2 * np.eye(3)[LABELS][:, None]
    summary = {"training_videos": 40, "validation_videos": 6, "settings": {"lr": lr, "seed": seed}}
    logits = Logits(
        logits=scores.astype(np.float32),
        video_id=tuple(f"{'ABC'[label]}/v{n:02d}.avi" for n, label in enumerate(LABELS)),
        label=LABELS,
        frame_index=np.zeros((VIDEOS, 2), np.int64),
        class_name=("A", "B", "C"),
        split=("test",) * 18 + ("validation",) * 6,
        group=tuple(f"g{n // 3}" for n in range(VIDEOS)),
        chosen_on="validation",
        training=Training(in_training=np.isin(np.arange(VIDEOS), in_training), summary=summary),
    )
    logits_file.write(file, logits, {})


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cheap.yaml").write_text("fusion: {normalisations: [none], poolings: [mean], strategies: [], step: 0.5}\n")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["twostream", *arguments])
        cli.main()

    return run


def fuse(call, out, seed=0, **parts):
    write(Path("a.h5"), seed, **parts)
    write(Path("b.h5"), seed + 10)
    call("fuse", "--scores=a=a.h5", "--scores=b=b.h5", f"--out={out}", "--config=cheap.yaml")
    return json.loads(Path(out, "report.json").read_text())


def test_own_scores_are_fused_without_lists(call):
    report = fuse(call, "out")
    assert report["videos"]["test"] == 18 and report["videos"]["train"] == 40
    assert {row["selected_on"] for row in report["fusion"]} >= {"validation", "nothing"}
    assert report["scores"]["a"]["made_from"]["settings"] == {"lr": 0.1, "seed": 0}
    assert "tested_in_training" in report["fusion"][0]
    assert "40 training, 6 validation and 18 test videos" in Path("out/report.html").read_text()


def test_what_was_trained_on_is_marked_on_the_page_and_in_the_terminal(call, capsys):
    report = fuse(call, "out", in_training=(2, 5))
    assert {row["tested_in_training"] for row in report["fusion"]} == {2}
    assert "(no result: 2 of the test videos were trained on)" in capsys.readouterr().out
    html = Path("out/report.html").read_text()
    assert "trained on test videos" in html and "a was trained on 2 of 18 test videos, C/v02.avi among them" in html


def test_scores_of_others_need_lists(call):
    Path("a.pkl").write_bytes(b"")
    with pytest.raises(SystemExit, match=r"a\.pkl: does not say itself which videos are tested.*: give --splits"):
        call("fuse", "--scores=a=a.pkl", "--out=out")


def test_the_mean_of_such_reports_knows_their_networks_settings(call, capsys):
    for seed in (0, 1):
        fuse(call, f"seed{seed}", seed)
    call("mean", "seed0/report.json", "seed1/report.json", "--out", "mean")
    assert "differs: scores.a.settings.seed: 0, 1" in capsys.readouterr().out
    fuse(call, "other", 2, lr=0.2)
    with pytest.raises(SystemExit, match=r"more than seed or split: scores\.a\.settings\.lr \(0\.1, 0\.2\)"):
        call("mean", "seed0/report.json", "other/report.json", "--out", "mean")
    call("mean", "seed0/report.json", "other/report.json", "--out", "mean", "--anyway")
    assert "mixes different settings: scores.a.settings.lr" in Path("mean/report.html").read_text()
