from itertools import combinations

import pytest

from support.browser import contrast
from twostream.report import agreement, colours

PAPERS = [(253, 253, 252), (243, 245, 248), (19, 23, 28), (28, 34, 41)]
"""The page's backgrounds, light and dark."""


def rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_colour_stands_out_from_the_page(paper):
    """Web Content Accessibility Guidelines 2.1, 1.4.11: a contrast of 3 at least for what a graphic consists of."""
    names = ("FUSED", "BETTER", "WORSE", "NEUTRAL", "TRAIN", "TEST")
    used = [*colours.STREAMS, *(getattr(colours, name) for name in names), agreement.SOME, agreement.NONE]
    for colour in used:
        assert contrast(rgb(colour), list(paper)) >= 3, colour


def test_twenty_streams_and_the_fusion_are_told_apart_by_colour_or_dashes():
    names = [f"stream {number}" for number in range(20)]
    by_name, dashes = colours.by_name(names), colours.dashes(names)
    assert len({(by_name[name], tuple(dashes[name])) for name in [*names, "fused"]}) == 21
    assert len(set(by_name.values())) == 13
    assert list(by_name.values()).count(colours.FUSED) == 1


def test_no_two_streams_have_nearly_the_same_colour():
    for one, other in combinations([*colours.STREAMS, colours.FUSED], 2):
        assert sum(abs(a - b) for a, b in zip(rgb(one), rgb(other), strict=True)) > 45, (one, other)
