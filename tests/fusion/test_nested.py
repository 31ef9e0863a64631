"""No label of a fold may have a part in what is done to that fold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax

from twostream import metrics
from twostream.config import check
from twostream.fusion import findings, learning, nested, search
from twostream.fusion.stream_scores import Trial

SETTINGS = check.check({})["fusion"] | {"resamples": 100, "step": 0.25}
CHEAP = SETTINGS | {"normalisations": ["none", "temperature"], "poolings": ["mean"]}


def make(scores, labels, groups=None, tested=None) -> Trial:
    """`scores` (streams, videos, samples, classes)."""
    labels = np.asarray(labels)
    groups = np.array(groups if groups is not None else [f"g{v % 4}" for v in range(len(labels))])
    return Trial(
        tuple(f"s{s}" for s in range(len(scores))),
        tuple(np.asarray(stream, np.float32) for stream in scores),
        labels,
        groups,
        np.ones(len(labels), bool) if tested is None else tested,
        tuple(f"v{v}" for v in range(len(labels))),
        tuple(f"c{c}" for c in range(np.shape(scores[0])[-1])),
        ("unknown",) * len(scores),
    )


def noisy(videos=200, classes=5, samples=3, seed=0, noise=(1.5, 1.0), **parts) -> Trial:
    """Two streams whose scores are the truth and some noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, videos)
    truth = 2 * np.eye(classes)[labels][:, None]
    return make([truth + rng.normal(0, n, (videos, samples, classes)) for n in noise], labels, **parts)


def rows(trial, settings=CHEAP):
    folds = nested.divide(trial.groups, trial.tested, settings["folds"])
    tried = search.search(trial, folds, settings, 2)
    made = findings.families(trial, tried, settings["strategies"], 2)
    return {name: nested.nested({name: family}, folds, len(trial.class_name))[0] for name, family in made.items()} | {
        "best of all": nested.nested(made, folds, len(trial.class_name))[0]
    }


class TestFolds:
    def test_each_group_is_a_fold(self):
        folds = nested.divide(np.array(["b", "a", "b", "c"]), np.ones(4, bool), 10)
        assert folds.of.tolist() == [1, 0, 1, 2]
        assert (folds.judged, folds.selected_on) == ((0, 1, 2), "leave-one-group-out")

    @given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(2, 8))
    def test_many_groups_share_folds_and_stay_whole(self, numbers, most):
        groups = np.array([f"g{n}" for n in numbers])
        folds = nested.divide(groups, np.ones(len(groups), bool), most)
        if folds is None:
            assert len(set(numbers)) == 1
            return
        assert folds.number == min(most, len(set(numbers)))
        assert all(len(set(folds.of[groups == group])) == 1 for group in groups)

    def test_with_videos_to_validate_on_nothing_is_chosen_on_the_others(self):
        tested = np.array([True, False, False, True])
        folds = nested.divide(np.array(["a", "b", "c", "a"]), tested, 10)
        assert (folds.of.tolist(), folds.judged, folds.selected_on) == ([2, 0, 1, 2], (2,), "validation")
        assert folds.train(2).tolist() == (~tested).tolist()
        assert folds.train(2, 0).tolist() == [False, False, True, False]


class TestHonesty:
    @pytest.mark.parametrize("group", ["g0", "g3"])
    def test_a_groups_own_labels_have_no_part_in_its_scores(self, group):
        """Changing one group's labels leaves what is fused for it as it was, to the last bit, in every way there is."""
        trial = noisy(80, classes=4)
        own = trial.groups == group
        changed = replace(trial, labels=np.where(own, (trial.labels + 1) % 4, trial.labels))
        before, after = rows(trial), rows(changed)
        assert all((before[name][own] == after[name][own]).all() for name in before)

    def test_other_groups_labels_have(self):
        trial = noisy(80, classes=4)
        own = trial.groups == "g0"
        changed = replace(trial, labels=np.where(own, trial.labels, (trial.labels + 1) % 4))
        assert (rows(trial)["stacked"][own] != rows(changed)["stacked"][own]).any()

    def test_the_test_labels_have_no_part_where_there_is_validation(self):
        tested = np.arange(120) % 3 == 0
        trial = noisy(120, tested=tested)
        changed = replace(trial, labels=np.where(tested, (trial.labels + 1) % 5, trial.labels))
        before, after = rows(trial), rows(changed)
        assert all((before[name][tested] == after[name][tested]).all() for name in before)

    def test_shuffled_labels_come_out_at_chance(self):
        trial = noisy(3000, classes=10, samples=1, groups=[f"g{v % 6}" for v in range(3000)])
        shuffled = replace(trial, labels=np.random.default_rng(1).permutation(trial.labels))
        found = rows(shuffled)
        assert all(
            metrics.top(metrics.ranks(scores, shuffled.labels), 1) == pytest.approx(10, abs=2)
            for scores in found.values()
        )

    def test_the_oracle_is_at_least_what_was_chosen_honestly(self):
        trial = noisy()
        found = {(row["strategy"], row["selected_on"]): row["top1"] for row in findings.find(trial, CHEAP, 2)["fusion"]}
        for name in ("weighted", "grid"):
            assert found[name, "oracle"] >= found[name, "leave-one-group-out"]


class TestLearning:
    def test_scales_are_the_likeliest_weights(self):
        """Against a general optimiser without derivatives."""
        rng = np.random.default_rng(0)
        scores, labels = rng.normal(0, [[[5.0]], [[0.5]]], (2, 400, 4)), rng.integers(0, 4, 400)
        scores[:, np.arange(400), labels] += [[4.0], [0.4]]

        def loss(weights):
            return -log_softmax(np.tensordot(weights, scores, 1), axis=1)[np.arange(400), labels].mean()

        expected = minimize(loss, [0.1, 0.1], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}).x
        assert learning.scales(scores, labels) == pytest.approx(expected, rel=1e-3)

    def test_a_stream_that_misleads_gets_no_weight(self):
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 4, 300)
        good = rng.normal(size=(300, 4)) + np.eye(4)[labels]
        found = learning.scales(np.stack([good, -good + rng.normal(size=(300, 4))]), labels)
        assert found[0] > 0.5 and found[1] >= 0

    def test_stacking_learns_which_class_is_taken_for_which(self):
        """A stream that calls every class by the next one's name is as good as one that does not."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 5, 400)
        scores = np.stack([3 * np.eye(5)[(labels + 1) % 5] + rng.normal(0, 0.5, (400, 5)) for _ in range(2)])
        train = np.arange(400) < 300
        *_, (_, found) = learning.stacked(scores, labels, train)
        assert (found.argmax(axis=1) == labels[~train]).mean() > 0.95

    def test_each_round_makes_the_labels_it_learns_from_likelier(self):
        """The same videos once to learn from and once to look at."""
        trial = noisy(300)
        both, labels = np.concatenate([trial.scores] * 2, axis=1), np.tile(trial.labels, 2)
        fits = learning.stacked(both, labels, np.arange(600) < 300)
        chances = [log_softmax(scores, axis=1) for params, scores in fits if params["ridge"] == 1]
        losses = [-of[np.arange(300), trial.labels].mean() for of in chances]
        assert losses == sorted(losses, reverse=True)

    def test_matched_scores_have_the_proportions_asked_for(self):
        rng = np.random.default_rng(0)
        wanted = np.array([0.5, 0.3, 0.2])
        found = learning.matched(rng.normal(size=(500, 3)), wanted)
        assert np.exp(log_softmax(found, axis=1)).mean(axis=0) == pytest.approx(wanted, abs=1e-3)


class TestFindings:
    def test_the_reported_row_comes_first_and_the_reference_table_is_there(self):
        found = findings.find(noisy(), CHEAP, 2)["fusion"]
        assert (found[0]["strategy"], found[0]["selected_on"]) == ("best of all", "leave-one-group-out")
        fixed = [row["strategy"] for row in found if row["selected_on"] == "nothing"]
        assert fixed == ["average", "max", "2:1", "1:2", "1:1.5", "variance-based", "variance-based"]

    def test_chosen_on_validation_where_there_is_some(self):
        found = findings.find(noisy(tested=np.arange(200) % 2 == 0), CHEAP, 2)
        assert found["fusion"][0]["selected_on"] == "validation"
        assert found["streams"][0]["videos"] == 100

    def test_one_stream_is_reported_as_it_is(self):
        found = findings.find(noisy(noise=(1.0,)), CHEAP, 2)
        assert [row["strategy"] for row in found["fusion"]] == ["average"]
        assert found["fusion"][0]["top1"] == found["streams"][0]["top1"]

    def test_one_group_leaves_no_honest_choice(self):
        found = findings.find(noisy(40, groups=["g"] * 40), CHEAP, 2)
        assert {row["selected_on"] for row in found["fusion"]} == {"nothing"}

    def test_two_groups_leave_nothing_to_choose_by_but_a_weight(self):
        found = findings.find(noisy(40, groups=["a", "b"] * 20), CHEAP, 2)["fusion"]
        assert {choice["strategy"] for choice in found[0]["params"]["chosen"]} == {"weighted"}

    def test_three_streams(self):
        found = findings.find(noisy(60, noise=(1.0, 1.5, 2.0)), CHEAP, 2)["fusion"]
        assert found[0]["streams"] == ["s0", "s1", "s2"]
        assert "2:1" not in {row["strategy"] for row in found}

    def test_streams_of_other_sample_counts(self):
        one = noisy(60)
        mixed = replace(one, samples=(one.samples[0], one.samples[1][:, :1]))
        assert findings.find(mixed, CHEAP, 2)["streams"][1]["samples"] == 1

    def test_constant_scores_and_a_class_without_videos(self):
        trial = make([np.zeros((40, 2, 3)), np.ones((40, 2, 3))], np.arange(40) % 2)
        found = findings.find(trial, SETTINGS, 2)
        assert found["streams"][0]["top1"] == 50
        assert found["classes"][2] == {"class": "c2", "videos": 0, "top1": None, "gain": {"s0": None, "s1": None}}

    def test_what_was_rescued_and_lost(self):
        """One stream for each of two classes to be told from the third by."""
        scores = np.array([[[[0, 1, 1.5]]] * 2 + [[[3.0, 0, 0]]] * 2, [[[2, 1.5, 0]]] * 2 + [[[0, 1.0, 0]]] * 2])
        trial = make(scores, [1, 1, 1, 1], groups=["g"] * 4)
        examples = findings.find(trial, CHEAP, 2)["examples"]
        assert (examples["rescued"]["videos"], examples["lost"]["videos"]) == (2, 2)
        assert examples["rescued"]["shown"][0] == {
            "video": "v0",
            "class": "c1",
            "fused": "c1",
            "streams": {"s0": "c2", "s1": "c0"},
        }

    def test_calibration_is_better_after_a_temperature(self):
        trial = noisy(600, samples=1, noise=(1.0, 1.0))
        hot = replace(trial, samples=tuple(10 * stream for stream in trial.samples))
        found = findings.find(hot, CHEAP, 2)["calibration"]["s0"]
        assert found["after"]["ece"] < found["before"]["ece"] / 2

    def test_the_curve_is_each_stream_at_its_ends(self):
        found = findings.find(noisy(), CHEAP, 2)
        ends = {point["weight"]: point["top1"] for point in found["curve"]}
        assert (ends[0], ends[1]) == (found["streams"][1]["top1"], found["streams"][0]["top1"])
