"""What a way to fuse chose, in a few words."""

from collections.abc import Mapping

from twostream.fusion.contract import Params

DEFAULTS = {("pooling", "mean"), ("normalisation", "none"), ("transductive", "True")}
"""Parameters that go without saying."""
NAMELESS = ("strategy", "rule", "normalisation", "temperature", "weights")
"""Parameters whose value alone says what they are."""


def in_words(strategy: str, params: Params) -> str:
    """Return a candidate's parameters; where each fold has its own, those of the most folds."""
    choices = params.get("chosen")
    if not choices:
        return _words(strategy, params)
    first = f"{_words(strategy, choices[0])} in {choices[0]['folds']} folds"
    return f"{first}{_more(len(choices) - 1)}".strip()


def most_chosen(strategy: str, params: Params) -> str:
    """Return the strategy that most folds chose; empty where `strategy` leaves no choice between strategies."""
    choices = params.get("chosen")
    name = choices[0]["strategy"] if choices else ""
    return "" if name == strategy else name


def fractions(params: Params) -> list[float] | None:
    """Return the weights of the streams as fractions of their sum; None where no single weighting was chosen."""
    weights = list(params.get("weights", {}).values())
    total = sum(weights)
    return [weight / total for weight in weights] if total else None


def _more(number: int) -> str:
    if not number:
        return ""
    return "; 1 more choice" if number == 1 else f"; {number} more choices"


def _words(strategy: str, params: Mapping[str, object]) -> str:
    """Return the parameters that neither the strategy's name nor a default tells."""
    words = []
    for name, value in params.items():
        text = _text(value)
        if name == "folds" or text == strategy or (name, text) in DEFAULTS:
            continue
        words.append(text if name in NAMELESS else f"{name} {text}")
    return ", ".join(words)


def _text(value: object) -> str:
    """Return a value in words; one of each stream as `a : b`, or once where all have the same word."""
    if isinstance(value, dict):
        texts = [_text(item) for item in value.values()]
        return texts[0] if len(set(texts)) == 1 and not _is_number(texts[0]) else " : ".join(texts)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
