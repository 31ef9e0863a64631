"""No label of a fold may have a part in what is done to that fold."""

from dataclasses import replace

import numpy as np
import pytest

from support.scores import CHEAP, fusion_settings, noisy
from twostream import metrics
from twostream.fusion import candidates, folds, nested, search


def scores_by_method(streams):
    """Return the scores of each method, and of the best of all."""
    settings = fusion_settings(**CHEAP)
    divided = folds.divide(streams.groups, streams.is_test, settings.folds)
    grid = search.prepare(streams, divided, settings, 2)
    methods = candidates.methods(streams, grid, settings, 2)
    fitted = {name: nested.select(name, method, divided) for name, method in methods.items()}
    fitted["best of all"] = nested.best_of_all(list(fitted.values()), divided)
    return {name: nested.assemble(each, divided, len(streams.class_name)) for name, each in fitted.items()}


@pytest.mark.parametrize("group", ["g0", "g3"])
def test_a_groups_own_labels_have_no_part_in_its_scores(group):
    """Changing one group's labels leaves its fused scores as they were, to the last bit, by every method."""
    streams = noisy(80, classes=4)
    own = streams.groups == group
    changed = replace(streams, labels=np.where(own, (streams.labels + 1) % 4, streams.labels))
    before, after = scores_by_method(streams), scores_by_method(changed)
    assert all((before[name][own] == after[name][own]).all() for name in before)


def test_other_groups_labels_change_its_scores():
    streams = noisy(80, classes=4)
    own = streams.groups == "g0"
    changed = replace(streams, labels=np.where(own, streams.labels, (streams.labels + 1) % 4))
    assert (scores_by_method(streams)["stacked"][own] != scores_by_method(changed)["stacked"][own]).any()


def test_the_test_labels_have_no_part_where_there_is_validation():
    is_test = np.arange(120) % 3 == 0
    streams = noisy(120, is_test=is_test)
    changed = replace(streams, labels=np.where(is_test, (streams.labels + 1) % 5, streams.labels))
    before, after = scores_by_method(streams), scores_by_method(changed)
    assert all((before[name][is_test] == after[name][is_test]).all() for name in before)


def test_shuffled_labels_come_out_at_chance():
    streams = noisy(3000, classes=10, samples=1, groups=np.array([f"g{v % 6}" for v in range(3000)]))
    shuffled = replace(streams, labels=np.random.default_rng(1).permutation(streams.labels))
    assert all(
        metrics.top(metrics.ranks(scores, shuffled.labels), 1) == pytest.approx(10, abs=2)
        for scores in scores_by_method(shuffled).values()
    )


class Stub:
    """A method whose variants get a number of videos of each inner fold right, and whose scores are its `name`."""

    def __init__(self, name: str, hits: list[int]) -> None:
        self.name, self.hits, self.fused = name, hits, []

    def inner_hits(self, outer, inner):
        return self.hits

    def fuse(self, outer, variant):
        self.fused.append((outer, variant))
        return {"rule": f"{self.name} {variant}"}, np.full((1, 2), float(variant))


def test_the_best_variant_of_the_best_method_is_taken_and_each_is_fused_once_a_fold():
    divided = folds.divide(np.array(["a", "b", "c"]), np.ones(3, bool), 10)
    methods = [Stub("low", [1, 3]), Stub("high", [4, 5, 5]), Stub("late", [5])]
    fitted = [nested.select(method.name, method, divided) for method in methods]
    best = nested.best_of_all(fitted, divided)
    assert nested.choices(best) == [{"strategy": "high", "rule": "high 1", "folds": 3}]
    assert nested.assemble(best, divided, 2).tolist() == [[1, 1]] * 3
    assert [method.fused for method in methods] == [[(0, v), (1, v), (2, v)] for v in (1, 1, 0)]
