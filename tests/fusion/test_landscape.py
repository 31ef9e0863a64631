import numpy as np
import pytest

from support.reports import random_scores
from support.scores import fusion_settings
from twostream.fusion import findings

SETTINGS = {
    "normalisations": ["none", "softmax"],
    "poolings": ["mean", "max"],
    "strategies": ["max", "product"],
    "step": 0.25,
}


@pytest.fixture(scope="module")
def result():
    return findings.find(random_scores(6, 2, 120), fusion_settings(**SETTINGS), 1)


def test_every_strategy_has_a_cell_for_every_normalisation(result):
    pairs = {(cell["strategy"], cell["normalisation"]) for cell in result["landscape"]}
    assert pairs >= {(way, name) for way in ("max", "product", "weighted") for name in ("none", "softmax")}
    assert len(pairs) == len(result["landscape"])


def test_the_highest_cell_is_the_oracle_of_the_whole_grid(result):
    oracles = [row["top1"] for row in result["fusion"] if row["selected_on"] == "oracle"]
    assert max(cell["top1"] for cell in result["landscape"]) == pytest.approx(max(oracles), abs=1e-4)


def test_weighted_is_the_best_of_the_curve_where_only_means_are_pooled():
    settings = fusion_settings(**SETTINGS | {"poolings": ["mean"], "normalisations": ["none"], "step": 0.01})
    result = findings.find(random_scores(6, 2, 120), settings, 1)
    (weighted,) = (cell for cell in result["landscape"] if cell["strategy"] == "weighted")
    assert weighted["top1"] == max(point["top1"] for point in result["curve"])
    assert sum(weighted["weights"]) == pytest.approx(1)


def test_one_stream_has_no_landscape():
    assert findings.find(random_scores(6, 1, 60), fusion_settings(**SETTINGS), 1)["landscape"] == []


def test_each_weight_of_two_streams_has_the_interval_of_that_weighting(result):
    scores = random_scores(6, 2, 120)
    for point in result["curve"][::25]:
        low, high = point["ci95"]
        fused = np.tensordot(point["weights"], scores.scores, axes=1).argmax(axis=1)
        assert point["top1"] == pytest.approx(100 * (fused == scores.labels).mean(), abs=1e-3)
        assert low <= point["top1"] <= high
