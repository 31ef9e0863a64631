"""The ranks of classes, compiled: a counting sort by value, and by insertion within its buckets."""

import numba
import numpy as np

from twostream.metrics import Scores

FULLEST = 24
"""Most scores in a bucket; where there are more, the row is sorted by comparing."""


def positions_as(steps: Scores, scores: Scores) -> Scores:
    """Return, for each of `scores` (rows, classes), steps[p], where p is its position from the highest of its row.

    Of equal scores the first class comes first. `steps` is (classes,).
    """
    scores = np.ascontiguousarray(scores, np.float64)
    ranks, is_uneven = np.empty(scores.shape), np.zeros(len(scores), np.bool_)
    _rank_rows(scores, steps, ranks, is_uneven)
    if is_uneven.any():
        order = np.argsort(-scores[is_uneven], axis=1, kind="stable")
        own = np.empty(order.shape)
        np.put_along_axis(own, order, np.broadcast_to(steps, order.shape), axis=1)
        ranks[is_uneven] = own
    return ranks


@numba.njit(nogil=True, cache=True)
def _rank_rows(scores, steps, ranks, is_uneven):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the ranks; of rows too uneven for buckets, only that they are."""
    classes = scores.shape[1]
    bucket_of, starts = np.empty(classes, np.int64), np.empty(2 * classes + 1, np.int64)
    order, in_order = np.empty(classes, np.int64), np.empty(classes)
    bits = scores.view(np.int64)
    for row in range(len(scores)):
        # The bits of positive numbers are in the order of the numbers, and even for probabilities: nearly logarithms.
        if scores[row].min() > 0:
            fullest = _fill_buckets(bits[row], bucket_of, starts)
        else:
            fullest = _fill_buckets(scores[row], bucket_of, starts)
        is_uneven[row] = fullest > FULLEST
        if not is_uneven[row]:
            _sort(scores[row], bucket_of, starts, order, in_order)
            for position in range(classes):
                ranks[row, order[position]] = steps[position]


@numba.njit(nogil=True, cache=True)
def _fill_buckets(keys, bucket_of, starts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write each key's bucket, the highest keys first, and where buckets start; return the number in the fullest.

    The buckets are equally wide and reach from the lowest key as far above the mean as below it: the few keys beyond,
    as that of the right class, are in the first one.
    """
    last = len(starts) - 2
    low, high, total = keys[0], keys[0], 0.0
    for key in keys:
        low = key if key < low else low
        high = key if key > high else high
        total += key - keys[0]
    reach = min(float(high - low), 2 * (total / len(keys) - float(low - keys[0])))
    scale = last / reach if reach > 0 else 0.0
    starts[:] = 0
    for c in range(len(keys)):
        # In this order of arguments a number that is none ends in the last bucket.
        bucket_of[c] = int(max(0.0, min(last, (reach - (keys[c] - low)) * scale)))
    for c in range(len(keys)):
        starts[bucket_of[c] + 1] += 1
    fullest = 0
    for bucket in range(1, len(starts)):
        fullest = max(fullest, starts[bucket])
        starts[bucket] += starts[bucket - 1]
    return fullest


@numba.njit(nogil=True, cache=True)
def _sort(values, bucket_of, starts, order, in_order):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the classes from the highest of `values` to the lowest to `order`, and their values to `in_order`.

    `starts` are moved on to the ends of the buckets.
    """
    for c in range(len(values)):
        position = starts[bucket_of[c]]
        order[position], in_order[position] = c, values[c]
        starts[bucket_of[c]] += 1
    for i in range(1, len(order)):
        c, value, j = order[i], in_order[i], i
        while j > 0 and in_order[j - 1] < value:
            order[j], in_order[j] = order[j - 1], in_order[j - 1]
            j -= 1
        order[j], in_order[j] = c, value
