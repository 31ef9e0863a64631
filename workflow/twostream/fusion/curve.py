"""How top-1 depends on the weights: a curve for two streams, a triangle for three."""

import numpy as np

from twostream import certainty
from twostream.fusion import counting, rules
from twostream.fusion.contract import CurvePoint
from twostream.fusion.grid import Block, Grid
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels

STEPS = {2: 0.01, 3: 0.05}
"""Steps of the weights, by the number of streams."""


def curve(test: StreamScores) -> list[CurvePoint]:
    """Return top-1 and top-5 of the raw scores for all weights of two or three streams; of two, with intervals."""
    number = len(test.names)
    if number not in STEPS:
        return []
    weights = rules.simplex(number, STEPS[number])
    grid = Grid((Block(("none",) * number, "mean"),), (), weights)
    means = [scores[:, None] for scores in test.scores]
    one_fold = np.zeros(len(test.labels), np.int64)
    hits = counting.hits(means, test.labels, one_fold, grid, [1] * number, title="curve")
    accuracies = 100 * hits[0, :, :, 0] / len(test.labels)
    points: list[CurvePoint] = [
        {"weight": row[0], "weights": row, "top1": round(float(one), 4), "top5": round(float(five), 4)}
        for row, (one, five) in zip(weights.round(4).tolist(), accuracies, strict=True)
    ]
    if number == 2:
        recordings = np.unique(test.recordings, return_inverse=True)[1]
        for point in points:
            point["ci95"] = _interval(test, point["weights"], recordings)
    return points


def _interval(test: StreamScores, weights: list[float], recordings: Labels) -> list[float]:
    """Return the 95 % interval of top-1 with these weights; `recordings` (videos,) are numbers."""
    right = np.tensordot(weights, test.scores, axes=1).argmax(axis=1) == test.labels
    return [round(end, 4) for end in certainty.interval(right, recordings)]
