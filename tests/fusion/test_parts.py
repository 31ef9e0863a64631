"""What is left out for want of time, and what is kept when Ctrl-C comes."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from support.scores import CHEAP, fusion_settings, noisy
from twostream.fusion import budget, findings, parts
from twostream.fusion.budget import Size

UCF101 = Size(videos=3783, classes=101, streams=2, samples=2, folds=7, fits=28)
KINETICS = Size(videos=19796, classes=400, streams=3, samples=75, folds=10, fits=55)


def strategies(found):
    return {row["strategy"] for row in found["fusion"]}


def interrupted_at(monkeypatch, family):
    """Let Ctrl-C come when `family` begins."""

    def stop(features):
        raise KeyboardInterrupt

    monkeypatch.setitem(parts.FAMILIES, family, stop)


def test_all_parts_of_a_data_set_of_usual_size_fit_into_the_default():
    kept, left_out = budget.within(UCF101, fusion_settings())
    assert set(kept) == set(budget.PARTS) and not left_out


def test_the_dearest_parts_of_a_large_data_set_are_left_out_with_the_reason():
    kept, left_out = budget.within(KINETICS, fusion_settings())
    assert "discriminant" in kept
    assert "stacked" in {part["what"] for part in left_out}
    assert all("fusion.seconds = 300" in part["why"] for part in left_out)


@pytest.mark.parametrize("more", ["videos", "classes", "samples", "fits"])
def test_no_part_is_cheaper_for_more_of_anything(more):
    larger = replace(KINETICS, **{more: 2 * getattr(KINETICS, more)})
    small, large = (budget.reckon(size, fusion_settings()) for size in (KINETICS, larger))
    assert all(large[part] >= small[part] for part in small)


def test_what_is_left_out_is_in_the_findings_and_in_their_warnings(monkeypatch):
    monkeypatch.setattr(budget, "FLOPS", 1e3)
    found = findings.find(noisy(60), fusion_settings(**CHEAP, seconds=5), 1)
    missing = {part["what"] for part in found["left_out"]}
    assert {"stacked", "kernel_ridge"} <= missing
    assert not missing & strategies(found)
    assert sum("is left out" in sentence for sentence in found["warnings"]) == len(missing)


def test_without_time_for_the_grid_the_weights_of_the_raw_scores_remain(monkeypatch):
    monkeypatch.setattr(budget, "POOLED", 1.0)
    found = findings.find(noisy(60), fusion_settings(**CHEAP), 1)
    assert "grid" in {part["what"] for part in found["left_out"]}
    assert "weighted" in strategies(found) and "weighted, normalised" not in strategies(found)


def test_the_result_so_far_is_kept_on_ctrl_c(monkeypatch):
    whole = findings.find(noisy(60), fusion_settings(**CHEAP), 1)
    interrupted_at(monkeypatch, "stacked")
    found = findings.find(noisy(60), fusion_settings(**CHEAP), 1, keep_on_interrupt=True)
    assert parts.is_interrupted(found["left_out"])
    rows = {row["strategy"]: row for row in whole["fusion"]}
    assert {"best of all", "scales", "discriminant", "average"} < strategies(found)
    assert not strategies(found) & {"stacked", "blend", "weighted", "grid"}
    of_discriminant = next(row for row in found["fusion"] if row["strategy"] == "discriminant")
    assert of_discriminant == rows["discriminant"]


def test_ctrl_c_ends_a_step_of_the_workflow(monkeypatch):
    """A result in the cache is whole or not there."""
    interrupted_at(monkeypatch, "stacked")
    with pytest.raises(KeyboardInterrupt):
        findings.find(noisy(60), fusion_settings(**CHEAP), 1)


def test_linear_algebra_has_one_thread_in_every_fit(monkeypatch):
    threads = []

    def count(self, left_out, logits):
        threads.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return np.zeros((4, int(self._features.folds.videos(*left_out).sum()), 5), np.float32)

    monkeypatch.setattr(parts.Stacked, "fit", count)
    findings.find(noisy(60), fusion_settings(**CHEAP), 2)
    assert set(threads) == {1}
