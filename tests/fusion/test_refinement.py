"""The search of fine weights against the whole grid of them."""

from math import comb

import numpy as np
import pytest

from support.scores import fusion_settings, stream_scores, turns
from twostream.fusion import refinement, rules, search
from twostream.fusion.refinement import FineWeights


def uneven_streams(number, videos=600, classes=8, seed=0):
    """Return streams of which some are better than others, and which are wrong about different videos."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, videos)
    noise = rng.uniform(1, 3, (number, 1, 1, 1)) * rng.normal(size=(number, videos, 1, classes))
    return stream_scores(2 * np.eye(classes)[labels][:, None] + noise, labels)


def hits_of_selections(streams, step):
    """Return how many videos each selection gets right of those it is made on, and how many weights were counted."""
    folds = turns(len(streams.labels))
    settings = fusion_settings(step=step, normalisations=["none", "softmax"], strategies=[])
    grid = search.prepare(streams, folds, settings, 1)
    hits = []
    for name in (search.RAW, search.ANY):
        for outer in folds.test_folds:
            own = folds.others(outer)
            fused = grid.score(grid.select(name, outer, own), folds.videos(*own))
            hits.append(int((fused.argmax(axis=1) == streams.labels[folds.videos(*own)]).sum()))
    return hits, grid.size


@pytest.mark.parametrize(("number", "seed"), [(3, 0), (3, 1), (4, 0), (4, 1), (4, 2)])
def test_the_search_finds_what_the_whole_grid_has(monkeypatch, number, seed):
    streams = uneven_streams(number, seed=seed)
    monkeypatch.setattr(refinement, "FEWEST_STREAMS", 99)
    whole, all_weights = hits_of_selections(streams, 0.05)
    monkeypatch.setattr(refinement, "FEWEST_STREAMS", 2)
    monkeypatch.setattr(refinement, "MOST_WEIGHTS", 300 if number == 4 else 70)
    searched, some_weights = hits_of_selections(streams, 0.05)
    assert searched == whole
    assert some_weights < all_weights / 1.5


@pytest.mark.parametrize("streams", [2, 3, 4, 5, 7, 10, 16])
def test_the_weights_that_are_counted_whole_are_few_and_in_steps(streams):
    weights = refinement.coarse_weights(streams, 0.02)
    assert len(weights) <= refinement.MOST_WEIGHTS
    assert np.allclose((weights * 50).round(), weights * 50)
    if streams < 4:
        assert len(weights) == comb(50 + streams - 1, streams - 1)


def test_single_weights_are_counted_as_the_rule_fuses_them():
    streams = uneven_streams(3, 200)
    folds = turns(200)
    fine = FineWeights(streams.scores, streams.labels, folds, 0.1)
    found = fine.climb([(5, 3, 2)], 0, folds.test_folds)
    pooled = [rules.pool(stream, "none", "mean") for stream in streams.samples]
    fused = rules.weighted(pooled, fine.weights((5, 3, 2)))
    assert found.hits == (fused.argmax(axis=1) == streams.labels).sum()


def test_of_equals_the_most_even_weights_are_taken():
    """Streams that say the same are as good with any weights."""
    scores = np.repeat(uneven_streams(1, 100).scores, 4, axis=0)
    fine = FineWeights(scores, uneven_streams(1, 100).labels, turns(100), 0.05)
    assert fine.climb([(20, 0, 0, 0)], 8, [0, 1, 2, 3]).parts == (5, 5, 5, 5)


def test_ten_streams_are_fused_by_weights_that_are_finer_than_the_grid():
    streams = uneven_streams(10, 300)
    folds = turns(300)
    grid = search.prepare(streams, folds, fusion_settings(normalisations=["none"], strategies=[]), 1)
    best = grid.select(search.RAW, 0, folds.others(0))
    weights = grid.params(best)["weights"].values()
    assert sum(weights) == pytest.approx(1)
    assert grid.size < 20_000
