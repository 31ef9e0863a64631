"""Counting by rank, compiled.

Only ranks are needed: how many classes come before the right one. Along a line of weights the difference
between a class's fused score and the right one's is linear, so each class passes the right one at most
once, at a weight that has a closed form; a running sum then gives the rank for every weight of the line.
"""

import numba
import numpy as np

ROUNDING = 1e-9
"""Relative rounding error allowed for a sum."""


@numba.njit(nogil=True, cache=True)
def count(scores, labels, folds, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `counts` (2, folds) the videos whose right class is the first, and among the first five.

    `scores` is (videos, classes).
    """
    for v in range(len(labels)):
        before = _count_before(scores[v], labels[v])
        counts[0, folds[v]] += before < 1
        counts[1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def count_gated(streams, weights, labels, folds, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do as `count` for the sum of `streams` (streams, videos, classes) by `weights` (streams, videos)."""
    fused = np.empty(streams.shape[2])
    for v in range(len(labels)):
        _add_up(streams[:, v], weights[:, v], fused)
        before = _count_before(fused, labels[v])
        counts[0, folds[v]] += before < 1
        counts[1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def _count_before(scores, label):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return how many classes come before `label`; of equal scores the first class does."""
    own, before = scores[label], 0
    for c in range(label):
        before += scores[c] >= own
    for c in range(label + 1, len(scores)):
        before += scores[c] > own
    return before


@numba.njit(nogil=True, cache=True)
def count_weights(streams, weights, bounds, labels, folds, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do as `count` for the sum by each of `weights` (n, streams) and `counts` (n, 2, folds).

    `streams` is (streams, videos, classes). Weights are not negative and add up to 1. The rows from each of `bounds` to
    the next are a line: they differ in the last two weights only, which change by equal steps.
    """
    number, _, classes = streams.shape
    kept, base, ahead = np.empty((number, classes)), np.empty(classes), np.empty(classes)
    steps = np.empty(len(weights) + 1, np.int64)
    for v in range(len(labels)):
        size, label = _keep_rivals(streams, v, labels[v], ahead, kept)
        a, b = kept[number - 2, :size], kept[number - 1, :size]
        for line in range(len(bounds) - 1):
            start, stop = bounds[line], bounds[line + 1]
            _add_up(kept[: number - 2, :size], weights[start], base)
            steps[: stop - start] = 0
            _add_line(base, a, b, weights[start:stop, number - 2], weights[start:stop, number - 1], label, ahead, steps)
            before = 0
            for i in range(start, stop):
                before += steps[i - start]
                counts[i, 0, folds[v]] += before < 1
                counts[i, 1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def _keep_rivals(streams, v, label, lead, kept):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the scores of `label`, and of the classes that come before it by some weights, to `kept`, in their order.

    A class that all streams put behind `label` is behind it by all weights, and most classes are. Return the number of
    classes and the place of `label` among them. `lead` is memory.
    """
    lead[:] = -np.inf
    for s in range(len(streams)):
        scores = streams[s, v]
        own = scores[label] - ROUNDING * abs(scores[label])
        for c in range(len(lead)):
            ahead = scores[c] + ROUNDING * abs(scores[c]) - own
            lead[c] = ahead if ahead > lead[c] else lead[c]
    size, place = 0, 0
    for c in range(len(lead)):
        if lead[c] >= 0:
            place = size if c == label else place
            for s in range(len(streams)):
                kept[s, size] = streams[s, v, c]
            size += 1
    return size, place


@numba.njit(nogil=True, cache=True)
def _add_up(streams, weights, sums):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the sum of `streams` (streams, classes) by `weights` to `sums`, rounded as that of `rules.weighted`."""
    sums[:] = 0
    for s in range(len(streams)):
        for c in range(streams.shape[1]):
            sums[c] += weights[s] * streams[s, c]


@numba.njit(nogil=True, cache=True)
def _add_line(base, a, b, w, u, label, ahead, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do as `_add_class` for all classes; w rises by equal steps and w + u is constant. `ahead` is memory."""
    last = len(w) - 1
    first_own = base[label] + u[0] * b[label] + w[0] * a[label]
    last_own = base[label] + u[last] * b[label] + w[last] * a[label]
    size = abs(base[label]) + abs(a[label]) + abs(b[label])
    for c in range(len(a)):
        first = base[c] + u[0] * b[c] + w[0] * a[c] - first_own
        end = base[c] + u[last] * b[c] + w[last] * a[c] - last_own
        ahead[c] = (first if first > end else end) + ROUNDING * (size + abs(base[c]) + abs(a[c]) + abs(b[c]))
    for c in range(len(a)):
        # Most classes stay behind along the whole line: a call for each of them would cost half the time again.
        if ahead[c] >= 0 and c != label:
            first = base[c] + u[0] * b[c] + w[0] * a[c] - first_own
            end = base[c] + u[last] * b[c] + w[last] * a[c] - last_own
            tie = ROUNDING * (size + abs(base[c]) + abs(a[c]) + abs(b[c]))
            _add_class(base, a, b, w, u, c, label, tie, first, end, steps)


@numba.njit(nogil=True, cache=True)
def _add_class(base, a, b, w, u, c, label, tie, first, end, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `steps` 1 where class `c` comes to stand before `label`, and -1 where it ceases to.

    `first` and `end` are by how much `c` exceeds `label` at the first and the last weight.
    """
    if abs(first) <= tie and abs(end) <= tie:
        _add_tied_class(base, a, b, w, u, c, label, steps)
        return
    last = len(w) - 1
    at_first = first > 0 if abs(first) > tie else _stands_before(base, a, b, w[0], u[0], c, label)
    at_last = end > 0 if abs(end) > tie else _stands_before(base, a, b, w[last], u[last], c, label)
    if at_first:
        steps[0] += 1
    if at_first != at_last:
        steps[_crossing(base, a, b, w, u, c, label, tie, first, first - end, at_last)] += 1 if at_last else -1


@numba.njit(nogil=True, cache=True)
def _crossing(base, a, b, w, u, c, label, tie, first, slope, at_last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the first weight at which `c` and `label` stand in the order they have at the last one.

    The differences at both ends give it; next to a weight the sums themselves, rounded as they are, decide.
    """
    last = len(w) - 1
    exact = last * min(max(first / slope, 0.0), 1.0) if slope != 0 else 0.0
    i = min(int(exact) + 1, last)
    if min(exact - (i - 1), i - exact) * abs(slope) > last * tie:
        return i
    while i > 1 and _stands_before(base, a, b, w[i - 1], u[i - 1], c, label) == at_last:
        i -= 1
    while i < last and _stands_before(base, a, b, w[i], u[i], c, label) != at_last:
        i += 1
    return i


@numba.njit(nogil=True, cache=True)
def _add_tied_class(base, a, b, w, u, c, label, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do as `_add_class` for a class that ties with `label` along the whole line: rounding decides at each weight."""
    stood_before = False
    for i in range(len(w)):
        stands_before = _stands_before(base, a, b, w[i], u[i], c, label)
        if stands_before != stood_before:
            steps[i] += 1 if stands_before else -1
        stood_before = stands_before


@numba.njit(nogil=True, cache=True)
def _stands_before(base, a, b, w, u, c, label):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return whether class `c` comes before `label`; of equal scores the first class does."""
    theirs = base[c] + w * a[c] + u * b[c]
    own = base[label] + w * a[label] + u * b[label]
    return theirs > own or (theirs == own and c < label)


@numba.njit(nogil=True, cache=True)
def count_points(streams, weights, labels, folds, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `counts` (n, folds) the videos whose right class is the first, for each of `weights` (n, streams).

    `streams` is (streams, videos, classes). The sums are rounded as those of `rules.weighted` are.
    """
    for v in range(len(labels)):
        label = labels[v]
        for i in range(len(weights)):
            own = 0.0
            for s in range(len(streams)):
                own += weights[i, s] * streams[s, v, label]
            is_first = True
            for c in range(streams.shape[2]):
                theirs = 0.0
                for s in range(len(streams)):
                    theirs += weights[i, s] * streams[s, v, c]
                if theirs > own or (theirs == own and c < label):
                    is_first = False
                    break
            counts[i, folds[v]] += is_first
