"""The closed form against the definition: make every combination, sort, count."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twostream import metrics
from twostream.fusion import counting, grid, rules
from twostream.fusion.grid import Grid


def by_definition(streams, labels, whole, temperatures):
    """(blocks, ways, 2): combinations one by one."""
    return [
        [
            [int((metrics.ranks(scores, labels) < k).sum()) for k in (1, 5)]
            for scores in (grid.fuse(grid.pool(streams, block, temperatures), whole, way) for way in range(whole.ways))
        ]
        for block in whole.blocks
    ]


@settings(max_examples=40)
@given(st.integers(2, 3), st.sampled_from([0.5, 0.25, 0.1, 0.05]), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_combination_counts_as_it_would_one_by_one(streams, step, is_tied, seed):
    """Whole numbers from a small range tie at many weights, where only the rounding of the sum decides."""
    rng = np.random.default_rng(seed)
    scores = [rng.integers(-2, 3, (12, 2, 7)) if is_tied else rng.normal(0, 2, (12, 2, 7)) for _ in range(streams)]
    scores = [stream.astype(float) for stream in scores]
    labels = rng.integers(0, 7, 12)
    whole = Grid(
        grid.blocks(["none", "temperature"], ["mean", "max"], streams, mixed=streams == 2),
        tuple(rules.STRATEGIES),
        rules.simplex(streams, step),
    )
    temperatures = [2.0, 0.5, 1.5][:streams]
    hits = counting.hits(scores, labels, np.zeros(12, np.int64), whole, temperatures)
    assert hits[..., 0].tolist() == by_definition(scores, labels, whole, temperatures)


def test_hits_are_counted_by_fold():
    rng = np.random.default_rng(0)
    streams = [rng.normal(size=(30, 1, 4)) for _ in "ab"]
    labels, folds = rng.integers(0, 4, 30), np.arange(30) % 3
    whole = Grid(grid.blocks(["none"], ["mean"], 2, False), ("average",), rules.simplex(2, 0.5))
    hits = counting.hits(streams, labels, folds, whole, [1, 1])
    for fold in range(3):
        own = folds == fold
        alone = counting.hits([part[own] for part in streams], labels[own], folds[own] * 0, whole, [1, 1])
        assert (hits[..., fold] == alone[..., 0]).all()
