"""What the report tells of a trial's fusion, as plain data: rows, tests, calibration, gains and examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream import metrics, selected_on
from twostream.fusion import grid, learning, nested, normalisation, rules, search
from twostream.fusion import guesses as top_guesses
from twostream.fusion.nested import Family, Folds, Mask, Params
from twostream.fusion.rules import View
from twostream.fusion.search import Search
from twostream.fusion.stream_scores import Trial
from twostream.metrics import Labels, Ranks, Scores
from twostream.selected_on import NOTHING, ORACLE

EXAMPLES = 30
CURVE_STEPS = {2: 0.01, 3: 0.05}
"""Of the weights, by the number of streams."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """One way to fuse, and its scores (videos, classes) of the test videos."""

    strategy: str
    params: Params
    selected_on: str
    scores: Scores


@dataclass(frozen=True)
class Guesses:
    """The class that the reported fusion, and that each stream, takes each test video for, (videos,)."""

    fused: Labels
    alone: tuple[Labels, ...]

    def named(self, test: Trial) -> dict[str, Labels]:
        return {"fused": self.fused, **dict(zip(test.streams, self.alone, strict=True))}


def find(trial: Trial, settings: Mapping[str, Any], workers: int) -> Any:
    """Everything, for the settings of the section `fusion`; the first row of `fusion` is the one reported."""
    test = trial.only(trial.tested)
    folds = nested.divide(trial.groups, trial.tested, settings["folds"]) if len(trial.streams) > 1 else None
    tried = search.search(trial, folds, settings, workers) if folds else None
    candidates = [*(_chosen(trial, tried, settings, workers) if tried else []), *fixed(test)]
    if tried:
        candidates += [_oracle(trial, tried, name) for name in (search.RAW, search.ANY)]
    best = candidates[0]
    guesses = Guesses(best.scores.argmax(axis=1), tuple(scores.argmax(axis=1) for scores in test.scores))
    examples = _examples(test, guesses)
    return {
        "streams": stream_rows(test, settings),
        "fusion": fusion_rows(test, candidates, settings),
        "combinations": tried.size if tried else 0,
        "class_names": list(trial.class_name),
        "confusion": _confusion(test, guesses),
        "mcnemar": _mcnemar(test, guesses),
        "calibration": {
            name: _calibration(scores, test.labels, _test_folds(trial, folds))
            for name, scores in [*zip(test.streams, test.scores, strict=True), ("fused", best.scores)]
        },
        "classes": _classes(test, guesses),
        "curve": _curve(test),
        "examples": examples,
        "predictions": _predictions(test, guesses),
        "guesses": top_guesses.of_examples(test, examples),
    }


def fixed(test: Trial) -> list[Candidate]:
    """The reference's table: rules with nothing to choose, on the mean of the scores as they are."""
    if len(test.streams) == 1:
        return [Candidate("average", {}, NOTHING, test.scores[0])]
    streams = _views(test, "mean")
    rows = [
        Candidate("average", {}, NOTHING, rules.average(streams)),
        Candidate("max", {}, NOTHING, rules.highest(streams)),
    ]
    if len(streams) == 2:
        order = sorted(test.streams, key=lambda name: name in ("temporal", "flow"))
        for name, ratio in rules.RATIOS.items():
            weights = dict(zip(order, ratio, strict=True))
            scores = rules.weighted(streams, [weights[stream] for stream in test.streams])
            rows.append(Candidate(name, {"weights": weights}, NOTHING, scores))
    rows.append(Candidate("variance-based", {"over": "classes"}, NOTHING, rules.spread(_views(test, "spread"))))
    if min(stream.shape[1] for stream in test.samples) > 1:
        scores = rules.inverse_variance(_views(test, "inverse_variance"))
        rows.append(Candidate("variance-based", {"over": "samples"}, NOTHING, scores))
    return rows


def stream_rows(test: Trial, settings: Mapping[str, Any]) -> list[Row]:
    """A row for each stream alone; `best_epoch_on` in it where that is known."""
    return [
        {"stream": name, "split": "test", "videos": len(test.labels), "samples": samples.shape[1]}
        | _accuracy(test, metrics.ranks(scores, test.labels), settings)
        | selected_on.epoch_note([chosen_on])
        for name, samples, scores, chosen_on in zip(
            test.streams, test.samples, test.scores, test.chosen_on, strict=True
        )
    ]


def fusion_rows(test: Trial, candidates: Sequence[Candidate], settings: Mapping[str, Any]) -> list[Row]:
    """A row for each candidate; `best_epoch_on` in it is that of its most doubtful stream."""
    return [
        {
            "strategy": candidate.strategy,
            "streams": list(test.streams),
            "params": candidate.params,
            "selected_on": candidate.selected_on,
        }
        | _accuracy(test, metrics.ranks(candidate.scores, test.labels), settings)
        | selected_on.epoch_note(test.chosen_on)
        for candidate in candidates
    ]


def families(trial: Trial, tried: Search, strategies: Sequence[str], workers: int) -> dict[str, Family]:
    """All that is chosen from, the simplest first."""

    def scales(train: Mask) -> Any:
        weights = learning.scales(trial.scores[:, train], trial.labels[train])
        params = {"weights": {name: float(f"{w:.4g}") for name, w in zip(trial.streams, weights, strict=True)}}
        yield params, np.tensordot(weights, trial.scores[:, ~train], axes=1)

    def stacked(train: Mask) -> Any:
        return learning.stacked(trial.scores, trial.labels, train)

    made = {name: tried.family(name) for name in tried.names}
    for name, fit in {"scales": scales, "stacked": stacked}.items():
        if name in strategies:
            made[name] = nested.learned(fit, trial.labels, tried.folds, workers)
    return made


def _chosen(trial: Trial, tried: Search, settings: Mapping[str, Any], workers: int) -> list[Candidate]:
    """The best of all families, chosen inside; then each family, then what knows the training set's proportions."""
    made = families(trial, tried, settings["strategies"], workers)
    best = _nested(trial, tried.folds, "best of all", made)
    rows = [best, *(_nested(trial, tried.folds, name, {name: family}) for name, family in made.items())]
    if trial.train_counts is not None and "scales" in made:
        start = next(row for row in rows if row.strategy == "scales")
        proportions = trial.train_counts / trial.train_counts.sum()
        scores = learning.matched(start.scores, proportions)
        params = {"from": "scales", "transductive": True}
        rows.append(Candidate("prior-matched (transductive)", params, start.selected_on, scores))
    return rows


def _nested(trial: Trial, folds: Folds, name: str, made: Mapping[str, Family]) -> Candidate:
    scores, chosen = nested.nested(made, folds, len(trial.class_name))
    return Candidate(name, {"chosen": chosen}, folds.selected_on, scores[trial.tested])


def _oracle(trial: Trial, tried: Search, name: str) -> Candidate:
    params, scores = tried.oracle(name)
    return Candidate(name, params, ORACLE, scores[trial.tested])


def _views(test: Trial, pooling: str) -> list[View]:
    return [rules.view(stream.astype(np.float64), "none", pooling) for stream in test.samples]


def _accuracy(test: Trial, ranks: Ranks, settings: Mapping[str, Any]) -> Row:
    low, high = metrics.interval(ranks == 0, test.recordings, settings["resamples"], settings["seed"])
    return {
        "top1": round(metrics.top(ranks, 1), 4),
        "top5": round(metrics.top(ranks, 5), 4),
        "mean_class_accuracy": round(metrics.mean_class_accuracy(ranks, test.labels), 4),
        "ci95": [round(low, 4), round(high, 4)],
    }


def _confusion(test: Trial, guesses: Guesses) -> dict[str, Any]:
    classes = len(test.class_name)
    return {name: metrics.confusion(of, test.labels, classes).tolist() for name, of in guesses.named(test).items()}


def _predictions(test: Trial, guesses: Guesses) -> Row:
    """Of each test video its class, and what the fusion and each stream take it for, as numbers of classes."""
    predicted = {name: of.tolist() for name, of in guesses.named(test).items()}
    return {"video": list(test.video_id), "label": test.labels.tolist(), "predicted": predicted}


def _mcnemar(test: Trial, guesses: Guesses) -> list[Row]:
    """The reported row against the best stream, which is picked with the test labels, and against the average."""
    alone = [of == test.labels for of in guesses.alone]
    best = int(np.argmax([stream.mean() for stream in alone]))
    average = test.scores.mean(axis=0).argmax(axis=1) == test.labels
    against = [(f"best stream: {test.streams[best]}", alone[best]), ("average", average)]
    right = guesses.fused == test.labels
    return [{"against": name} | metrics.mcnemar(right, theirs) for name, theirs in against]


def _calibration(scores: Scores, labels: Labels, folds: NDArray[np.int64] | None) -> Row:
    """ECE of the softmax as it is, and after a temperature that is fitted on the other folds."""
    found: Row = {"before": metrics.calibration(normalisation.softmax(scores), labels)}
    if folds is not None:
        cooled = np.empty_like(scores, dtype=np.float64)
        for fold in np.unique(folds):
            own = folds == fold
            cooled[own] = scores[own] / normalisation.temperature(scores[~own].astype(np.float64), labels[~own])
        found["after"] = metrics.calibration(normalisation.softmax(cooled), labels)
    return found


def _test_folds(trial: Trial, folds: Folds | None) -> NDArray[np.int64] | None:
    """Folds of the test videos; None where there is one only."""
    within = nested.divide(trial.groups[trial.tested], trial.tested[trial.tested], folds.number if folds else 10)
    return within.of if within else None


def _classes(test: Trial, guesses: Guesses) -> list[Row]:
    """For each class its videos, the fusion's accuracy and its gain over each stream; None without videos."""
    classes = len(test.class_name)
    fused, *alone = (
        metrics.class_accuracy(of == test.labels, test.labels, classes) for of in (guesses.fused, *guesses.alone)
    )
    videos = np.bincount(test.labels, minlength=classes)
    return [
        {
            "class": test.class_name[c],
            "videos": int(videos[c]),
            "top1": round(float(fused[c]), 4) if videos[c] else None,
            "gain": {
                name: round(float(fused[c] - stream[c]), 4) if videos[c] else None
                for name, stream in zip(test.streams, alone, strict=True)
            },
        }
        for c in range(classes)
    ]


def _curve(test: Trial) -> list[Row]:
    """Top-1 and top-5 of the raw scores for all weights of two or three streams; `weight` is the first one's."""
    if len(test.streams) not in CURVE_STEPS:
        return []
    weights = rules.simplex(len(test.streams), CURVE_STEPS[len(test.streams)])
    whole = grid.Grid((grid.Block(("none",) * len(test.streams), "mean"),), (), weights)
    pooled = [scores[:, None] for scores in test.scores]
    one_fold = np.zeros(len(test.labels), np.int64)
    hits = grid.hits(pooled, test.labels, one_fold, whole, [1] * len(test.streams), label="curve")
    shares = 100 * hits[0, :, :, 0] / len(test.labels)
    return [
        {"weight": row[0], "weights": row, "top1": round(float(one), 4), "top5": round(float(five), 4)}
        for row, (one, five) in zip(weights.round(4).tolist(), shares, strict=True)
    ]


def _examples(test: Trial, guesses: Guesses) -> Any:
    """Videos that fusion gets right and no stream does, and that a stream gets right and fusion does not."""
    any_right = np.any([of == test.labels for of in guesses.alone], axis=0)
    right = guesses.fused == test.labels
    found: dict[str, Any] = {}
    for name, which in (("rescued", right & ~any_right), ("lost", ~right & any_right)):
        found[name] = {
            "videos": int(which.sum()),
            "shown": [
                {
                    "video": test.video_id[v],
                    "class": test.class_name[test.labels[v]],
                    "fused": test.class_name[guesses.fused[v]],
                    "streams": {
                        stream: test.class_name[of[v]] for stream, of in zip(test.streams, guesses.alone, strict=True)
                    },
                }
                for v in np.flatnonzero(which)[:EXAMPLES]
            ],
        }
    return found
