"""Colours of the plots: each stream has its own in every plot of a page, and the fusion has one that no stream has.

All are of middle lightness: their contrast with the page is at least 3 on white and on black, as the Web Content
Accessibility Guidelines 2.1 ask of graphics. The page's style colours all text.
"""

from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")

FUSED = "#d9660d"
"""The reported fusion."""
BETTER, WORSE, NEUTRAL = "#1f9d63", "#d6457a", "#6b7d8f"
TRAIN, TEST = "#8a7f5c", "#4d6fa8"
"""Training and test videos, where no stream is meant."""
STREAMS = (
    *("#2f7fe0", "#9a4fd8", "#0c8a9c", "#846c00", "#c02fb0", "#5a5ae8"),
    *("#a8545c", "#3c7860", "#d83018", "#8c7444", "#b06888", "#5f8a1f"),
)
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
"""Of lines; streams of one colour have different ones."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")


def by_name(streams: Sequence[str]) -> dict[str, str]:
    """Return the colour of each of `streams`, in the order of the report, and of what is `fused`."""
    return _in_turn(streams, STREAMS) | {"fused": FUSED}


def dashes(streams: Sequence[str]) -> dict[str, list[int]]:
    """Return the dashes of each stream's line, and of that of what is `fused`."""
    return _in_turn(streams, [dash for dash in DASHES for _ in STREAMS]) | {"fused": DASHES[0]}


def shapes(names: Sequence[str]) -> dict[str, str]:
    """Return a shape of points for each of `names`."""
    return _in_turn(names, SHAPES)


def _in_turn(names: Sequence[str], values: Sequence[Value]) -> dict[str, Value]:
    """Return one of `values` for each name, from the first again where there are more names."""
    return {name: values[number % len(values)] for number, name in enumerate(names)}
