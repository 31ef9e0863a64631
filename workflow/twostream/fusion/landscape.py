"""The landscape of the grid: the best that each strategy reaches with each normalisation, on the test videos."""

from twostream.fusion.contract import LandscapeCell
from twostream.fusion.search import Combination, GridSearch

WEIGHTED = "weighted"
MIXED = "mixed"
"""Several normalisations at once, one a stream."""


def landscape(search: GridSearch) -> list[LandscapeCell]:
    """Return a cell for each pair of normalisation and strategy: its best pooling and weights, and the top-1 of these.

    They are picked with the labels of the test videos, so that each number is an upper limit.
    """
    hits = search.hits(None)[:, :, 0, search.folds.test_folds].sum(axis=-1)
    videos = int(search.folds.videos(*search.folds.test_folds).sum())
    rules = _number_of_rules(search, hits.shape[1])
    best: dict[tuple[str, str], LandscapeCell] = {}
    for block in range(hits.shape[0]):
        for way in [*range(rules), rules + int(hits[block, rules:].argmax())]:
            cell = _cell(search, block, way, 100 * int(hits[block, way]) / videos)
            pair = cell["normalisation"], cell["strategy"]
            if pair not in best or cell["top1"] > best[pair]["top1"]:
                best[pair] = cell
    return list(best.values())


def _number_of_rules(search: GridSearch, ways: int) -> int:
    """Return how many of the grid's ways are rules without weights: they come first."""
    return next(way for way in range(ways) if "weights" in search.params(Combination(0, way, None)))


def _cell(search: GridSearch, block: int, way: int, top1: float) -> LandscapeCell:
    params = search.params(Combination(block, way, None))
    normalisations = list(dict.fromkeys(params["normalisation"].values()))
    cell: LandscapeCell = {
        "normalisation": normalisations[0] if len(normalisations) == 1 else MIXED,
        "strategy": params.get("rule", WEIGHTED),
        "pooling": params["pooling"],
        "top1": round(top1, 4),
    }
    if "weights" in params:
        cell["weights"] = list(params["weights"].values())
    return cell
