"""Passes over the samples of videos, compiled: a video's scores are read while they are in the processor's cache.

A sum over the classes is four sums in turn, so that it is the same number on every processor, however wide its vectors.
"""

import numba
import numpy as np

TILE = 64
"""Classes whose samples are put in order at once."""


@numba.njit(nogil=True, cache=True)
def measure(scores, deviations, variances):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write how each sample of `scores` (videos, samples, classes) is, in both cases (videos, samples).

    `deviations`: its mean square from the video's mean; `variances`: the variance of its own scores over the classes.
    """
    videos, samples, classes = scores.shape
    mean = np.empty(classes)
    for v in range(videos):
        mean[:] = 0
        for s in range(samples):
            for c in range(classes):
                mean[c] += scores[v, s, c]
        for c in range(classes):
            mean[c] /= samples
        for s in range(samples):
            deviations[v, s] = _mean_square(scores[v, s], mean)
            variances[v, s] = _variance(scores[v, s])


@numba.njit(nogil=True, cache=True)
def row_variances(rows, variances):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the variance of each of `rows` (videos, classes) over the classes."""
    for v in range(len(rows)):
        variances[v] = _variance(rows[v])


@numba.njit(nogil=True, cache=True)
def measure_probabilities(rows, logs, entropies, margins):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the entropy of each of `rows` (videos, classes), whose logarithms are `logs`, and its margin.

    The margin is by how much the highest exceeds the next; of one class alone it is the probability.
    """
    for v in range(len(rows)):
        row, first, second = rows[v], 0.0, 0.0
        for i in range(len(row)):
            first, below = max(first, row[i]), min(first, row[i])
            second = max(second, below)
        margins[v] = first - second
        whole = len(row) - len(row) % 4
        a = b = c = d = 0.0
        for i in range(0, whole, 4):
            a += row[i] * logs[v, i]
            b += row[i + 1] * logs[v, i + 1]
            c += row[i + 2] * logs[v, i + 2]
            d += row[i + 3] * logs[v, i + 3]
        for i in range(whole, len(row)):
            a += row[i] * logs[v, i]
        entropies[v] = -((a + b) + (c + d))


@numba.njit(nogil=True, cache=True)
def add_weighted(scores, weights, sums):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the sums of the samples of `scores` (videos, samples, classes) to `sums` (n, videos, classes).

    `weights` is (n, videos, samples).
    """
    videos, samples, classes = scores.shape
    sums[:] = 0
    for v in range(videos):
        for s in range(samples):
            row = scores[v, s]
            for i in range(len(weights)):
                weight, total = weights[i, v, s], sums[i, v]
                for c in range(classes):
                    total[c] += weight * row[c]


@numba.njit(nogil=True, cache=True)
def order(scores, exchanges, top, highest, highest_mean, medians):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write each class's highest score of any sample, the mean of its `top` highest, and its median.

    `scores` is (videos, samples, classes), what is written (videos, classes). `exchanges` (n, 2) sort the samples: each
    in turn puts the lower of two at the first of its indices.
    """
    videos, samples, classes = scores.shape
    tile = np.empty((samples, TILE))
    for v in range(videos):
        for start in range(0, classes, TILE):
            width = min(TILE, classes - start)
            for s in range(samples):
                for c in range(width):
                    tile[s, c] = scores[v, s, start + c]
            for i in range(len(exchanges)):
                _exchange(tile[exchanges[i, 0]], tile[exchanges[i, 1]])
            for c in range(width):
                highest[v, start + c] = tile[samples - 1, c]
                total = 0.0
                for s in range(samples - top, samples):
                    total += tile[s, c]
                highest_mean[v, start + c] = total / top
                medians[v, start + c] = (tile[(samples - 1) // 2, c] + tile[samples // 2, c]) / 2


@numba.njit(nogil=True, cache=True)
def _exchange(low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    for c in range(TILE):
        a, b = low[c], high[c]
        low[c] = a if a < b else b
        high[c] = b if a < b else a


@numba.njit(nogil=True, cache=True)
def _variance(row):  # type: ignore[no-untyped-def]  # pragma: no cover
    whole = len(row) - len(row) % 4
    a = b = c = d = 0.0
    for i in range(0, whole, 4):
        a, b, c, d = a + row[i], b + row[i + 1], c + row[i + 2], d + row[i + 3]
    for i in range(whole, len(row)):
        a += row[i]
    mean = ((a + b) + (c + d)) / len(row)
    a = b = c = d = 0.0
    for i in range(0, whole, 4):
        a += (row[i] - mean) ** 2
        b += (row[i + 1] - mean) ** 2
        c += (row[i + 2] - mean) ** 2
        d += (row[i + 3] - mean) ** 2
    for i in range(whole, len(row)):
        a += (row[i] - mean) ** 2
    return ((a + b) + (c + d)) / len(row)


@numba.njit(nogil=True, cache=True)
def _mean_square(row, centre):  # type: ignore[no-untyped-def]  # pragma: no cover
    whole = len(row) - len(row) % 4
    a = b = c = d = 0.0
    for i in range(0, whole, 4):
        a += (row[i] - centre[i]) ** 2
        b += (row[i + 1] - centre[i + 1]) ** 2
        c += (row[i + 2] - centre[i + 2]) ** 2
        d += (row[i + 3] - centre[i + 3]) ** 2
    for i in range(whole, len(row)):
        a += (row[i] - centre[i]) ** 2
    return ((a + b) + (c + d)) / len(row)
