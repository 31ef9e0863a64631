import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twostream import fusion, logits, metrics, splits
from twostream.errors import InputError

BOOTSTRAP = fusion.Bootstrap(200, 0)


def make(scores, labels, groups=None, names=("spatial", "temporal")) -> fusion.Test:
    videos = tuple(f"v{i}" for i in range(len(labels)))
    groups = np.array(groups if groups is not None else [f"g{i % 4}" for i in range(len(labels))])
    classes = tuple(f"c{i}" for i in range(np.shape(scores)[-1]))
    return fusion.Test(names, np.array(scores, float), np.array(labels), groups, videos, classes)


def by(candidates, strategy, selected_on=fusion.FIXED):
    return [c for c in candidates if (c.strategy, c.selected_on) == (strategy, selected_on)]


class TestMetrics:
    @given(arrays(float, (6, 5), elements=st.integers(-3, 3)), arrays(np.int64, 6, elements=st.integers(0, 4)))
    def test_ranks_are_those_of_a_stable_sort(self, scores, labels):
        order = np.argsort(-scores, axis=1, kind="stable")
        expected = [list(row).index(label) for row, label in zip(order, labels, strict=True)]
        assert metrics.ranks(scores, labels).tolist() == expected

    def test_a_tie_goes_to_the_first_class(self):
        assert metrics.ranks(np.zeros((2, 3)), np.array([0, 2])).tolist() == [0, 2]

    def test_mean_class_accuracy_weighs_classes_alike(self):
        ranks, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 1])
        assert metrics.top(ranks, 1) == 75
        assert metrics.mean_class_accuracy(ranks, labels) == 50

    def test_the_interval_of_single_videos_is_the_binomial_one(self):
        right = np.arange(400) < 300
        low, high = metrics.interval(right, np.arange(400).astype(str), 4000, 0)
        half = 100 * 1.96 * np.sqrt(0.75 * 0.25 / 400)
        assert (low, high) == (pytest.approx(75 - half, abs=0.6), pytest.approx(75 + half, abs=0.6))

    def test_groups_make_the_interval_wider(self):
        right = np.arange(400) < 300
        low, high = metrics.interval(right, (np.arange(400) // 100).astype(str), 4000, 0)
        assert (low, high) == (25, 100)

    def test_confusion_has_right_classes_in_its_rows(self):
        found = metrics.confusion(np.array([1, 1, 0]), np.array([0, 1, 0]), 3)
        assert found.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


class TestSearch:
    def test_average_and_max(self):
        test = make([[[3, 0, 2]], [[0, 0, 2]]], [0])
        candidates = fusion.search(test, 0.5)
        assert by(candidates, "average")[0].predicted.tolist() == [2]
        assert by(candidates, "max")[0].predicted.tolist() == [0]

    def test_the_ratios_are_spatial_to_temporal(self):
        test = make([[[3.0, 0.0]], [[0.0, 4.0]]], [0])
        found = {
            tuple(c.params["weights"].values()): c.predicted.tolist() for c in by(fusion.search(test, 0.5), "weighted")
        }
        assert found == {(2.0, 1.0): [0], (1.0, 2.0): [1], (1.0, 1.5): [1]}

    def test_the_oracle_is_the_best_and_is_called_so(self):
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 5, 200)
        truth = np.eye(5)[labels]
        test = make([truth + rng.normal(0, 1.0, truth.shape), truth + rng.normal(0, 0.6, truth.shape)], labels)
        candidates = fusion.search(test, 0.05)
        (oracle,) = by(candidates, "weighted", fusion.ORACLE)
        assert all(metrics.top(oracle.ranks, 1) >= metrics.top(c.ranks, 1) for c in candidates if c.strategy != "max")
        assert candidates[0].selected_on == fusion.HONEST

    def test_a_groups_own_labels_have_no_part_in_its_weights(self):
        """Changing one group's labels leaves what is predicted for it as it was."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 3, 40)
        test = make(rng.normal(size=(2, 40, 3)), labels)
        changed = np.where(test.groups == "g1", (labels + 1) % 3, labels)
        before, after = (fusion.search(make(test.scores, some), 0.1)[0] for some in (labels, changed))
        own = test.groups == "g1"
        assert (before.predicted[own] == after.predicted[own]).all()

    def test_shuffled_labels_come_out_at_chance(self):
        rng = np.random.default_rng(0)
        scores, labels = rng.normal(size=(2, 4000, 10)), rng.integers(0, 10, 4000)
        test = make(scores, labels, [f"g{i % 20}" for i in range(4000)])
        assert metrics.top(fusion.search(test, 0.05)[0].ranks, 1) == pytest.approx(10, abs=1.5)

    def test_one_stream_is_reported_as_it_is(self):
        candidates = fusion.search(make([[[1, 0]]], [0], names=("only",)), 0.1)
        assert [c.strategy for c in candidates] == ["average"]

    def test_one_group_leaves_no_honest_choice(self):
        candidates = fusion.search(make(np.zeros((2, 3, 2)), [0, 1, 0], ["g"] * 3), 0.5)
        assert candidates[0].strategy == "average"

    @given(st.integers(2, 4), st.sampled_from([0.5, 0.25, 0.1]))
    def test_the_grid_covers_the_simplex_most_even_first(self, streams, step):
        grid = fusion.simplex(streams, step)
        parts = round(1 / step)
        assert len(grid) == len({tuple(row) for row in grid}) == _compositions(parts, streams)
        assert np.allclose(grid.sum(axis=1), 1)
        spread = ((grid - 1 / streams) ** 2).sum(axis=1)
        assert all(a <= b + 1e-12 for a, b in pairwise(spread))


def _compositions(total, parts):
    return 1 if parts == 1 else sum(_compositions(total - first, parts - 1) for first in range(total + 1))


class TestGather:
    def logits(self, **changed):
        stored = {
            "logits": np.arange(12, dtype=np.float32).reshape(2, 2, 3),
            "video_id": ("A/a.avi", "B/b.avi"),
            "label": np.array([0, 1]),
            "frame_index": np.zeros((2, 2), np.int64),
            "class_name": ("A", "B", "C"),
            "split": ("test", "test"),
            "group": ("g01", "g02"),
        }
        return logits.Logits(**(stored | changed))

    def gather(self, other, normalisation="none"):
        return fusion.gather({"a": self.logits(), "b": other}, normalisation, {"a": "a.h5", "b": "b.h5"})

    def test_samples_are_averaged(self):
        assert self.gather(self.logits()).scores[0].tolist() == [[1.5, 2.5, 3.5], [7.5, 8.5, 9.5]]

    def test_softmax_is_taken_before_the_mean(self):
        found = self.gather(self.logits(), "softmax").scores[0]
        powers = np.exp([0, 1, 2])
        assert np.allclose(found, [powers / powers.sum()] * 2)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"video_id": ("A/a.avi", "B/c.avi")}, "b.h5: its video_id is not that of a.h5: `B/b.avi`"),
            ({"class_name": ("A", "C", "B")}, "b.h5: its class_name is not that of a.h5: the order differs"),
            ({"label": np.array([1, 1])}, "b.h5: its labels are not those"),
        ],
    )
    def test_streams_that_do_not_match_are_refused(self, changed, words):
        with pytest.raises(InputError) as refused:
            self.gather(self.logits(**changed))
        assert words in str(refused.value)

    def test_only_test_videos_count(self):
        other = self.logits(split=("train", "test"))
        found = fusion.gather({"a": other}, "none", {"a": "a.h5"})
        assert found.video_id == ("B/b.avi",)


class _Arrays(pickle.Unpickler):
    """Admits NumPy arrays and nothing else."""

    def find_class(self, module, name):
        allowed = {"_reconstruct", "ndarray", "dtype", "scalar", "_frombuffer"}
        if module.startswith("numpy") and name in allowed:
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"{module}.{name}")


@pytest.fixture(scope="module")
def published(ucf101) -> fusion.Test:
    """The published networks' summed scores of UCF101's split 1."""
    split = splits.read_lists(ucf101 / "splits", 1)
    ids = [id for id, side in sorted(split.part.items()) if side == "test"]
    names = [id.split("/v_")[1].removesuffix(".avi").replace("HandStandPushups", "HandstandPushups") for id in ids]
    scores = []
    for file in ("spatial", "motion"):
        with (ucf101 / "scores" / f"{file}_video_preds.pickle").open("rb") as stream:
            stored = _Arrays(stream).load()
        scores.append([stored[name] for name in names])
    groups = [splits.group_of(id, r"_g(\d+)") for id in ids]
    return make(scores, [split.label[id] for id in ids], groups)


class TestPublishedScores:
    """Figures computed by others from the same scores."""

    def test_streams_alone(self, published):
        rows = list(fusion.stream_rows(published, BOOTSTRAP))
        assert [(round(row["top1"], 3), round(row["top5"], 3)) for row in rows] == [(81.258, 95.929), (79.672, 95.374)]

    def test_fixed_rules(self, published):
        rows = fusion.fusion_rows(published, fusion.search(published, 0.05), BOOTSTRAP)
        found = {
            (row["strategy"], *row["params"].get("weights", {}).values()): (
                round(row["top1"], 3),
                round(row["top5"], 3),
            )
            for row in rows
            if row["selected_on"] == fusion.FIXED
        }
        assert found[("average",)] == (88.078, 97.912)
        assert found[("max",)] == (79.725, 95.665)
        assert found[("weighted", 1.0, 2.0)] == (84.800, 97.066)
        assert found[("weighted", 2.0, 1.0)] == (89.981, 98.520)

    def test_weights_chosen_on_other_groups_stay_below_the_oracle(self, published):
        candidates = fusion.search(published, 0.02)
        honest, oracle = (
            metrics.top(by(candidates, "weighted", on)[0].ranks, 1) for on in (fusion.HONEST, fusion.ORACLE)
        )
        assert honest == pytest.approx(90.14, abs=0.1)
        assert honest < oracle <= 90.44
