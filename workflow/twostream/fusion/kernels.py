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
    steps = np.zeros(len(w) + 1, np.int64)
    for v in range(len(labels)):
        label = labels[v]
        steps[:] = 0
        tie = ROUNDING * (np.abs(base[v]).max() + np.abs(a[v]).max() + np.abs(b[v]).max())
        for c in range(a.shape[1]):
            if c != label:
                _add_class(base[v], a[v], b[v], w, u, c, label, tie, steps)
        before = 0
        for i in range(len(w)):
            before += steps[i]
            counts[i, 0, folds[v]] += before < 1
            counts[i, 1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def _add_class(base, a, b, w, u, c, label, tie, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `steps` 1 where class `c` comes to stand before `label`, and -1 where it ceases to."""
    last = len(w) - 1
    first_margin = base[c] + u[0] * b[c] + w[0] * a[c]
    first_margin -= base[label] + u[0] * b[label] + w[0] * a[label]
    last_margin = base[c] + u[last] * b[c] + w[last] * a[c]
    last_margin -= base[label] + u[last] * b[label] + w[last] * a[label]
    if first_margin < -tie and last_margin < -tie:
        return
    if abs(first_margin) < tie and abs(last_margin) < tie:
        _add_tied_class(base, a, b, w, u, c, label, steps)
        return
    at_first = _stands_before(base, a, b, w[0], u[0], c, label)
    at_last = _stands_before(base, a, b, w[last], u[last], c, label)
    if at_first:
        steps[0] += 1
    if at_first != at_last:
        slope = first_margin - last_margin
        guess = int(last * min(max(first_margin / slope, 0.0), 1.0)) + 1 if slope != 0 else 1
        steps[_crossing(base, a, b, w, u, c, label, guess, at_last)] += 1 if at_last else -1


@numba.njit(nogil=True, cache=True)
def _crossing(base, a, b, w, u, c, label, guess, at_last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the first weight at which `c` and `label` stand in the order they have at the last one.

    The margins at both ends give the `guess`; the sums themselves, rounded as they are, decide.
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
