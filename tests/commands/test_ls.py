"""What a listing of the cache says of runs."""

import json
import re
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from twostream.cache import provenance
from twostream.cache.stages import COMPUTE_FLOW, FUSE, FUSION_REPORT, TRAIN_STREAM, Stage
from twostream.commands import ls
from twostream.files import atomic

ROOT = Path("results")


def make(stage: Stage, key: str, settings: dict[str, Any], inputs: list[Path], content: Any) -> Path:
    output = stage.path(ROOT, key * 12, shard="0000-0")
    provenance.produce(stage, output, settings, inputs, lambda: atomic.write_json(output, content))
    return output


def run(key: str, rate: float, title: str, fused: float) -> None:
    """Make what a run leaves in the cache that trained two streams, of which the second one learned at `rate`."""
    flow = make(COMPUTE_FLOW, "0", {"bound": 20}, [], {})
    models = [make(TRAIN_STREAM, "1", {"lr": 0.01, "epochs": 3}, [flow], {})]
    models.append(make(TRAIN_STREAM, key, {"lr": rate, "epochs": 3}, [flow], {}))
    row = {"strategy": "average", "selected_on": "nothing", "top1": fused}
    findings = {"streams": [{"stream": "rgb", "top1": 40.0}, {"stream": "flow", "top1": 50.04}], "fusion": [row]}
    fusion = make(FUSE, key, {}, models, findings)
    make(FUSION_REPORT, key, {"title": title}, [fusion], findings | {"title": title})


@pytest.fixture
def listing(tmp_path, monkeypatch, capsys):
    """Return the rows that are printed of a stage, by the first digit of their key."""
    monkeypatch.chdir(tmp_path)
    run("a", 0.1, "Fast", 60.0)
    run("b", 0.2, "Faster", 70.0)
    (ROOT / "train_stream" / ("c" * 12)).mkdir()

    def rows(stage: str) -> dict[str, str]:
        ls.main(Namespace(key=None, configfile=[], cache_root=None))
        lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
        return {line[1][0]: re.sub(" +", " ", line[2]) for line in lines if line and line[0] == stage}

    return rows


def test_a_run_is_told_by_its_title_its_results_and_the_settings_of_all_that_it_rests_on(listing):
    rows = listing("fusion_report")
    assert rows["a"].endswith("Fast: rgb 40.0, flow 50.0, fused 60.0 {title: Fast, train_stream.lr: [0.01, 0.1]}")
    assert rows["b"].endswith("fused 70.0 {title: Faster, train_stream.lr: [0.01, 0.2]}")
    assert listing("fuse")["a"].endswith(" rgb 40.0, flow 50.0, fused 60.0 {train_stream.lr: [0.01, 0.1]}")


def test_a_key_that_is_unfinished_makes_no_setting_differ(listing):
    rows = listing("train_stream")
    assert (rows["a"][-9:], rows["b"][-9:]) == ("{lr: 0.1}", "{lr: 0.2}")
    assert "unfinished" in rows["c"]
    assert "{" not in rows["c"]


def test_a_damaged_result_is_listed_without_its_numbers(listing):
    (ROOT / "fuse" / ("a" * 12) / "fusion.json").write_text("{")
    assert "fused" not in listing("fuse")["a"]
    assert "fused 60.0" in listing("fusion_report")["a"]


def test_the_page_of_an_earlier_run_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    report = make(FUSION_REPORT, "a", {"title": "Fast"}, [], {})
    report.with_suffix(".html").write_text("<!doctype html>")
    ls.main(Namespace(key="aaaa", configfile=[], cache_root=None))
    printed = capsys.readouterr()
    assert json.loads(printed.out)["settings"] == {"title": "Fast"}
    assert printed.err == f"twostream: its page: {report.with_suffix('.html').resolve().as_uri()}\n"
