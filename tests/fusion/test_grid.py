"""The closed form against the definition: make every combination, sort, count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from scipy.stats import zscore

from twostream import metrics
from twostream.fusion import grid, normalisation, pooling, rules
from twostream.fusion.grid import Grid

samples = np.random.default_rng(0).normal(0, 3, (7, 5, 6))


def by_definition(streams, labels, whole, temperatures):
    """(blocks, ways, 2): combinations one by one."""
    return [
        [
            [int((metrics.ranks(scores, labels) < k).sum()) for k in (1, 5)]
            for scores in (
                grid.fused(grid.views(streams, block, temperatures), whole, way) for way in range(whole.ways)
            )
        ]
        for block in whole.blocks
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 3), st.sampled_from([0.5, 0.25, 0.1, 0.05]), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_combination_counts_as_it_would_one_by_one(streams, step, is_tied, seed):
    """Whole numbers from a small range tie at many weights, where only the rounding of the sum decides."""
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(-2, 3, (12, 2, 7)) if is_tied else rng.normal(0, 2, (12, 2, 7)) for _ in range(streams)]
    drawn = [scores.astype(float) for scores in drawn]
    labels = rng.integers(0, 7, 12)
    whole = Grid(
        grid.blocks(["none", "temperature"], ["mean", "max"], streams, mixed=streams == 2),
        tuple(rules.STRATEGIES),
        rules.simplex(streams, step),
    )
    temperatures = [2.0, 0.5, 1.5][:streams]
    found = grid.hits(drawn, labels, np.zeros(12, np.int64), whole, temperatures)
    assert found[..., 0].tolist() == by_definition(drawn, labels, whole, temperatures)


def test_hits_are_counted_by_fold():
    rng = np.random.default_rng(0)
    drawn, labels, folds = [rng.normal(size=(30, 1, 4)) for _ in "ab"], rng.integers(0, 4, 30), np.arange(30) % 3
    whole = Grid(grid.blocks(["none"], ["mean"], 2, False), ("average",), rules.simplex(2, 0.5))
    found = grid.hits(drawn, labels, folds, whole, [1, 1])
    for fold in range(3):
        own = folds == fold
        alone = grid.hits([part[own] for part in drawn], labels[own], folds[own] * 0, whole, [1, 1])
        assert (found[..., fold] == alone[..., 0]).all()


@given(st.integers(2, 4), st.sampled_from([0.5, 0.25, 0.1]))
def test_the_weights_cover_the_simplex(streams, step):
    weights = rules.simplex(streams, step)
    assert len(weights) == len({tuple(row) for row in weights}) == _compositions(round(1 / step), streams)
    assert np.allclose(weights.sum(axis=1), 1)


def _compositions(total, parts):
    return 1 if parts == 1 else sum(_compositions(total - first, parts - 1) for first in range(total + 1))


class TestNormalisation:
    @pytest.mark.parametrize(
        ("name", "reference"), [("softmax", softmax), ("log_softmax", log_softmax), ("standardised", zscore)]
    )
    def test_as_scipy_has_it(self, name, reference):
        assert np.allclose(normalisation.NORMALISATIONS[name](samples), reference(samples, axis=-1))

    def test_rank_is_from_0_to_1_and_ties_go_to_the_first_class(self):
        assert normalisation.rank(np.array([[5.0, 9.0, 5.0]])).tolist() == [[0.5, 1, 0]]

    @pytest.mark.parametrize("name", normalisation.NORMALISATIONS)
    def test_constant_scores_stay_finite(self, name):
        assert np.isfinite(normalisation.NORMALISATIONS[name](np.full((2, 3, 4), 7.0))).all()

    @pytest.mark.parametrize("factor", [0.2, 19.0])
    def test_the_temperature_of_scores_that_were_calibrated_is_what_they_were_multiplied_by(self, factor):
        rng = np.random.default_rng(0)
        scores = rng.normal(0, 2, (20_000, 4))
        labels = np.array([rng.choice(4, p=p) for p in softmax(scores, axis=1)])
        assert normalisation.temperature(factor * scores, labels) == pytest.approx(factor, rel=0.05)


class TestPooling:
    def test_as_numpy_has_it(self):
        assert np.allclose(pooling.mean(samples), np.mean(samples, axis=1))
        assert np.allclose(pooling.highest(samples), np.max(samples, axis=1))
        assert np.allclose(pooling.median(samples), np.median(samples, axis=1))
        assert np.allclose(pooling.median(samples[:, :4]), np.median(samples[:, :4], axis=1))
        assert np.allclose(pooling.top_k(samples), np.sort(samples, axis=1)[:, -3:].mean(axis=1))

    def test_what_is_trimmed_is_what_is_far_from_the_mean(self):
        scores = np.array([[[0.0, 1.0]] * 3 + [[9.0, -9.0]]])
        assert pooling.trimmed(scores).tolist() == [[0, 1]]

    def test_samples_weigh_by_the_inverse_of_their_deviation(self):
        scores = np.array([[[3.0], [0.0], [0.0], [1.0]]])
        weights = 1 / np.array([2.0, 1.0, 1.0, 0.0001]) ** 2
        assert pooling.inverse_variance(scores)[0, 0] == pytest.approx(
            (weights * [3, 0, 0, 1]).sum() / weights.sum(), abs=1e-3
        )

    def test_samples_weigh_by_their_spread(self):
        scores = np.array([[[2.0, -2.0], [1.0, -1.0], [0.0, 0.0]]])
        assert np.allclose(pooling.spread(scores), [[(4 * 2 + 1) / 5, -(4 * 2 + 1) / 5]])

    @pytest.mark.parametrize("name", pooling.POOLINGS)
    def test_one_sample_is_the_video(self, name):
        assert np.allclose(pooling.POOLINGS[name](samples[:, :1]), samples[:, 0])

    @pytest.mark.parametrize("name", pooling.POOLINGS)
    def test_samples_that_are_alike_are_the_video(self, name):
        assert np.allclose(pooling.POOLINGS[name](np.repeat(samples[:, :1], 5, axis=1)), samples[:, 0])


class TestStrategies:
    def views(self, *streams, normalised_by="none"):
        return [rules.view(np.array(scores, float), normalised_by, "mean") for scores in streams]

    def test_average_and_max(self):
        views = self.views([[[3, 0, 2]]], [[[0, 0, 2]]])
        assert rules.average(views).tolist() == [[1.5, 0, 2]]
        assert rules.highest(views).tolist() == [[3, 0, 2]]

    def test_the_product_is_of_chances(self):
        a, b = [0.7, 0.2, 0.1], [0.1, 0.6, 0.3]
        found = rules.product_rule(self.views([[a]], [[b]], normalised_by="softmax"))
        assert np.allclose(np.exp(found), np.multiply(a, b))

    def test_borda_adds_ranks(self):
        assert np.allclose(rules.borda(self.views([[[9, 1, 0]]], [[[0, 1, 2]]])), [[1, 1, 1]])

    def test_streams_weigh_by_the_inverse_variance_over_their_samples(self):
        """Variances of 1 and 4 give weights of 4/5 and 1/5."""
        views = self.views([[[2.0, 2.0], [0.0, 0.0]]], [[[6.0, 12.0], [2.0, 8.0]]])
        assert np.allclose(rules.inverse_variance(views), [[0.8 * 1 + 0.2 * 4, 0.8 * 1 + 0.2 * 10]])

    def test_streams_weigh_by_their_spread_over_classes(self):
        assert np.allclose(rules.spread(self.views([[[2.0, -2.0]]], [[[-1.0, 1.0]]])), [[1.4, -1.4]])

    @pytest.mark.parametrize("gate", [rules.entropy_gated, rules.margin_gated])
    def test_a_stream_that_knows_nothing_does_not_count(self, gate):
        sure, flat = [[[0.9, 0.05, 0.05]]], [[[1 / 3, 1 / 3, 1 / 3]]]
        assert np.allclose(gate(self.views(sure, flat, normalised_by="softmax")), sure[0])

    @pytest.mark.parametrize("name", rules.STRATEGIES)
    def test_constant_scores_stay_finite(self, name):
        assert np.isfinite(rules.STRATEGIES[name](self.views(np.ones((2, 3, 4)), np.zeros((2, 3, 4))))).all()
