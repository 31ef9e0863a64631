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
        label = labels[v]
        before = 0
        for c in range(scores.shape[1]):
            before += scores[v, c] > scores[v, label] or (scores[v, c] == scores[v, label] and c < label)
        counts[0, folds[v]] += before < 1
        counts[1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def count_line(base, a, b, w, u, labels, folds, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do as `count` for base + w[i] a + u[i] b and counts[i], for every i.

    `base`, `a` and `b` are (videos, classes); w rises by equal steps and w + u is constant.
    """
    last = len(w) - 1
    steps = np.zeros(len(w) + 1, np.int64)
    for v in range(len(labels)):
        label = labels[v]
        steps[:] = 0
        tie = ROUNDING * (np.abs(base[v]).max() + np.abs(a[v]).max() + np.abs(b[v]).max())
        first_own = base[v, label] + u[0] * b[v, label] + w[0] * a[v, label]
        last_own = base[v, label] + u[last] * b[v, label] + w[last] * a[v, label]
        for c in range(a.shape[1]):
            first = base[v, c] + u[0] * b[v, c] + w[0] * a[v, c] - first_own
            end = base[v, c] + u[last] * b[v, c] + w[last] * a[v, c] - last_own
            # Most classes stay behind along the whole line: a call for each of them would cost half the time again.
            if c != label and not (first < -tie and end < -tie):
                _add_class(base[v], a[v], b[v], w, u, c, label, tie, first, end, steps)
        before = 0
        for i in range(len(w)):
            before += steps[i]
            counts[i, 0, folds[v]] += before < 1
            counts[i, 1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def _add_class(base, a, b, w, u, c, label, tie, first, end, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `steps` 1 where class `c` comes to stand before `label`, and -1 where it ceases to.

    `first` and `end` are by how much `c` exceeds `label` at the first and the last weight.
    """
    if abs(first) < tie and abs(end) < tie:
        _add_tied_class(base, a, b, w, u, c, label, steps)
        return
    last = len(w) - 1
    at_first = _stands_before(base, a, b, w[0], u[0], c, label)
    at_last = _stands_before(base, a, b, w[last], u[last], c, label)
    if at_first:
        steps[0] += 1
    if at_first != at_last:
        slope = first - end
        guess = int(last * min(max(first / slope, 0.0), 1.0)) + 1 if slope != 0 else 1
        steps[_crossing(base, a, b, w, u, c, label, guess, at_last)] += 1 if at_last else -1


@numba.njit(nogil=True, cache=True)
def _crossing(base, a, b, w, u, c, label, guess, at_last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the first weight at which `c` and `label` stand in the order they have at the last one.

    The differences at both ends give the `guess`; the sums themselves, rounded as they are, decide.
    """
    last = len(w) - 1
    i = min(max(guess, 1), last)
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
