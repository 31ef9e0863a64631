"""No label of a fold may have a part in what is done to that fold."""

from dataclasses import replace

import numpy as np
import pytest

from support.scores import CHEAP, fusion_settings, noisy
from twostream import metrics
from twostream.fusion import candidates, folds, nested, parts
from twostream.fusion.evidence import Evidence

LEARNED = ["best of all", *parts.ROWS]


def scores_by_row(streams):
    """Return the scores of every row but the oracles', those of `LEARNED` and the best of all among them."""
    rows = candidates.propose(streams, fusion_settings(**CHEAP), 2).rows
    by_row = {f"{row.strategy}, {row.selected_on.videos}": row.scores for row in rows if not row.selected_on.is_oracle}
    assert all(any(row.startswith(name) for row in by_row) for name in LEARNED)
    return by_row


@pytest.mark.parametrize("group", ["g0", "g3"])
def test_a_groups_own_labels_have_no_part_in_its_scores(group):
    """Changing one group's labels leaves its fused scores as they were, to the last bit, in every row."""
    streams = noisy(80, classes=4)
    own = streams.groups == group
    changed = replace(streams, labels=np.where(own, (streams.labels + 1) % 4, streams.labels))
    before, after = scores_by_row(streams), scores_by_row(changed)
    assert all((before[row][own] == after[row][own]).all() for row in before)


def test_other_groups_labels_change_its_scores():
    streams = noisy(80, classes=4)
    own = streams.groups == "g0"
    changed = replace(streams, labels=np.where(own, streams.labels, (streams.labels + 1) % 4))
    before, after = scores_by_row(streams), scores_by_row(changed)
    learned = [row for row in before if row.split(",")[0] in LEARNED]
    assert len(learned) == len(LEARNED)
    assert all((before[row][own] != after[row][own]).any() for row in learned)


def test_the_test_labels_have_no_part_where_there_is_validation():
    is_test = np.arange(120) % 3 == 0
    streams = noisy(120, is_test=is_test)
    changed = replace(streams, labels=np.where(is_test, (streams.labels + 1) % 5, streams.labels))
    before, after = scores_by_row(streams), scores_by_row(changed)
    assert all((before[row] == after[row]).all() for row in before)


def test_labels_of_a_fold_have_no_part_in_its_scores_in_any_row_but_the_oracles():
    """The transductive row too: its proportions are matched inside each fold."""
    streams = replace(noisy(160, classes=4, noise=(1.0, 2.5)), train_counts=np.array([4, 1, 2, 3]))
    own = streams.groups == "g0"
    labels = np.where(own, np.random.default_rng(2).integers(0, 4, 160), streams.labels)
    before, after = (rows_of(each) for each in (streams, replace(streams, labels=labels)))
    assert any(name.startswith("prior-matched") for name, _, _ in before)
    assert before.keys() == after.keys()
    assert all((before[name][own] == after[name][own]).all() for name in before)


def rows_of(streams):
    """Return the scores of all rows but the oracles, by strategy, selection and parameters of a fixed rule."""
    proposed = candidates.propose(streams, fusion_settings(**CHEAP), 2).rows
    return {
        (row.strategy, row.selected_on.videos, str({} if "chosen" in row.params else row.params)): row.scores
        for row in proposed
        if not row.selected_on.is_oracle
    }


def test_shuffled_labels_come_out_at_chance():
    streams = noisy(3000, classes=10, samples=1, groups=np.array([f"g{v % 6}" for v in range(3000)]))
    shuffled = replace(streams, labels=np.random.default_rng(1).permutation(streams.labels))
    assert all(
        metrics.top(metrics.ranks(scores, shuffled.labels), 1) == pytest.approx(10, abs=2)
        for scores in scores_by_row(shuffled).values()
    )


class Stub:
    """A method whose evidence is the same for every fold, and whose scores are its log-likelihood."""

    def __init__(self, name, log_likelihood, right=4):
        self.name, self.fitted = name, []
        self.evidence = Evidence(np.arange(4) < right, np.full(4, log_likelihood))

    def fit(self, outer):
        self.fitted.append(outer)
        return nested.FittedMethod(self.name, {}, self.evidence.log_likelihood[:2, None], self.evidence)


DIVIDED = folds.divide(np.array(list("aabbcc")), np.ones(6, bool), 10)
RECORDINGS = np.array(list("abcdef"))


def test_the_best_method_is_taken_and_each_is_fitted_once_a_fold():
    methods = [Stub("average", -1.0, right=0), Stub("scales", -0.9), Stub("stacked", -0.5)]
    fitted = [nested.select(method, DIVIDED) for method in methods]
    best = nested.best_of_all(fitted, DIVIDED, RECORDINGS)
    assert nested.choices(best) == [{"strategy": "stacked", "folds": 3}]
    assert nested.assemble(best, DIVIDED, 1).tolist() == [[-0.5]] * 6
    assert [method.fitted for method in methods] == [[0, 1, 2]] * 3


def test_a_method_without_evidence_is_no_candidate():
    silent = Stub("grid", 0.0)
    silent.evidence = None
    silent.fit = lambda outer: nested.FittedMethod("grid", {}, np.zeros((2, 1)), None)
    fitted = [nested.select(method, DIVIDED) for method in (Stub("average", -1.0), silent)]
    assert nested.choices(nested.best_of_all(fitted, DIVIDED, RECORDINGS)) == [{"strategy": "average", "folds": 3}]
