"""What a way to fuse is called, and what it chose, in a few words."""

from collections.abc import Mapping, Sequence

from twostream.fusion.contract import Choice, FusionRow, Params
from twostream.selected_on import Selection

FORMULAS = {
    "best of all": "in each fold, the way that does best on the other folds; nested cross-validation",
    "weighted": "the weighted sum of the scores, weights from a grid",
    "weighted, normalised": "the same, normalisation and pooling chosen too",
    "grid": "the best of all combinations of normalisation, pooling, rule and weights",
    "average": "the mean of the streams' scores",
    "max": "the highest of the streams' scores, by class",
    "product": "the sum of the logarithms of the probabilities",
    "borda": "the sum of the ranks",
    "spread": "each video's streams weighted by the variance of their scores over the classes",
    "inverse_variance": "each video's streams weighted by 1 / their variance over the samples",
    "entropy": "each video's streams weighted by log C less their entropy",
    "margin": "each video's streams weighted by their highest probability less the next",
    "scales": "a weight a stream by maximum likelihood",
    "stacked": "scales, and a matrix that learns which class is taken for which",
    "discriminant": "scales, and a linear discriminant with shrunken covariance and means",
    "kernel_ridge": "scales, and a kernel ridge regression",
    "blend": "a weighted sum of scales and the learned families, weights by maximum likelihood",
    "prior-matched (transductive)": "scales, shifted so that the predictions have the proportions of training",
    "variance-based": "streams and samples weighted by variance, as the published system did",
}
"""One line on each strategy; docs/fusion.md has the formulas."""
NORMALISED = frozenset({"average", "max", "product", "borda", "spread", "inverse_variance", "entropy", "margin"})
"""Strategies whose normalisation is chosen, unlike that of the fixed rule of the same name."""
DEFAULTS = {("pooling", "mean"), ("normalisation", "none"), ("transductive", "True")}
"""Parameters of a fixed rule that go without saying."""
NAMED_PARTS = "blend"
"""The strategy whose weights are not of the streams but of other strategies, whose names they need."""
NAMELESS = ("strategy", "rule", "temperature", "weights")
"""Parameters whose value alone says what they are."""


def title(strategy: str, params: Params, selected_on: str) -> str:
    """Return the name of a way to fuse that no other way has."""
    if Selection.from_text(selected_on).is_fixed:
        over = f" over {params['over']}" if "over" in params else ""
        return f"{strategy}{over}"
    return f"{strategy}, normalisation chosen" if strategy in NORMALISED else strategy


def in_words(strategy: str, params: Params) -> str:
    """Return a candidate's parameters, or what its folds chose."""
    choices = params.get("chosen")
    if not choices:
        return _words(strategy, params, DEFAULTS)
    if len(choices) == 1:
        folds = choices[0]["folds"]
        return f"{_words(strategy, choices[0])}{f' in all {folds} folds' if folds > 1 else ''}".strip()
    if len({choice["strategy"] for choice in choices}) > 1:
        return _by_fold(choices)
    if all("weights" in choice for choice in choices) and len(_settled(choices)) == 1:
        choice = choices[0]["strategy"] if choices[0]["strategy"] != strategy else ""
        same = ", ".join(text for text in (choice, *_settled(choices)) if text)
        return f"{same + ', ' if same else ''}weights differ by fold: {_ranges(choices)}"
    total = sum(choice["folds"] for choice in choices)
    return f"{_words(strategy, choices[0])} in {choices[0]['folds']} of {total} folds, other parameters in the rest"


def most_chosen(strategy: str, params: Params) -> str:
    """Return the strategy that most folds chose; empty where `strategy` leaves no choice between strategies."""
    choices = params.get("chosen")
    if not choices:
        return ""
    counts = _folds_by_strategy(choices)
    name = max(counts, key=lambda each: counts[each])
    return "" if name == strategy else name


def named(row: FusionRow) -> str:
    """Return the row's strategy and, where that was a choice between strategies, the one that most folds chose."""
    most = most_chosen(row["strategy"], row["params"])
    return f"{row['strategy']} (mostly {most})" if most else row["strategy"]


def fractions(params: Params) -> list[float] | None:
    """Return the weights of the streams as fractions of their sum; None where no single weighting was chosen."""
    weights = list(params.get("weights", {}).values())
    total = sum(weights)
    return [weight / total for weight in weights] if total else None


def _folds_by_strategy(choices: Sequence[Choice]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for choice in choices:
        counts[choice["strategy"]] = counts.get(choice["strategy"], 0) + choice["folds"]
    return counts


def _by_fold(choices: Sequence[Choice]) -> str:
    """Return in how many folds each strategy was chosen."""
    counts = sorted(_folds_by_strategy(choices).items(), key=lambda item: -item[1])
    total = sum(folds for _, folds in counts)
    (most, folds), *rest = counts
    return ", ".join([f"{most} in {folds} of {total} folds", *(f"{name} in {folds}" for name, folds in rest)])


def _settled(choices: Sequence[Choice]) -> set[str]:
    """Return the parameters besides the weights, one text for each way in which they were chosen."""
    return {_words(choice["strategy"], choice, without=("weights", "temperature")) for choice in choices}


def _ranges(choices: Sequence[Choice]) -> str:
    """Return the lowest and the highest weight of each stream (of a blend: of each part), as fractions of their sum."""
    columns = zip(*(fractions(choice) or [0.0] * len(choice["weights"]) for choice in choices), strict=True)
    ends = [(f"{min(column):.2f}", f"{max(column):.2f}") for column in columns]
    return _join(choices[0], [low if low == high else f"{low} to {high}" for low, high in ends])


def _join(choice: Choice, texts: Sequence[str]) -> str:
    """Return a text for each weight in one: in the order of the streams, or each with the name of its part."""
    if choice["strategy"] != NAMED_PARTS:
        return " : ".join(texts)
    return _named(dict(zip(choice["weights"], texts, strict=True)))


def _words(
    strategy: str,
    params: Mapping[str, object],
    defaults: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset({("pooling", "mean")}),
    without: Sequence[str] = (),
) -> str:
    """Return the parameters that neither the strategy's name nor a default tells."""
    words = []
    is_blend = params.get("strategy", strategy) == NAMED_PARTS
    for name, value in params.items():
        text = _named(value) if name == "weights" and is_blend else _text(value)
        if name in ("folds", "over", *without) or text == strategy or (name, text) in defaults:
            continue
        words.append(text if name in NAMELESS else f"{name} {text}")
    return ", ".join(words)


def _text(value: object) -> str:
    """Return a value in words; one of each stream as `a : b`, or once where all have the same word."""
    if isinstance(value, dict):
        texts = [_text(item) for item in value.values()]
        return texts[0] if len(set(texts)) == 1 and not _is_number(texts[0]) else " : ".join(texts)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _named(weights: object) -> str:
    assert isinstance(weights, dict)
    return ", ".join(f"{name} {_text(weight)}" for name, weight in weights.items())


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
