"""The schema offers what the code has: codecs, backends, protocols, and what fusion tries."""

from functools import reduce

import pytest

from twostream.config import schema
from twostream.flow import backends
from twostream.fusion.normalisation import NORMALISATIONS
from twostream.fusion.parts import ROWS
from twostream.fusion.pooling import POOLINGS
from twostream.fusion.rules import STRATEGIES
from twostream.stacks.codecs import LOSSLESS
from twostream.streams.sampling import PROTOCOLS

LEARNED = {*ROWS}


def offered(setting: str) -> set[str]:
    """Return the values that the schema allows for `setting`, or for its items."""
    entry = reduce(lambda section, name: section["properties"][name], setting.split("."), schema.read())
    return set(entry.get("items", entry)["enum"])


@pytest.mark.parametrize(
    ("setting", "in_code"),
    [
        ("frames.codec", {*LOSSLESS, "jpeg"}),
        ("flow.codec", {*LOSSLESS, "jpeg"}),
        ("flow.backend", {*backends.NAMES, "auto"}),
        ("test.protocol", {*PROTOCOLS}),
        ("validation.protocol", {*PROTOCOLS}),
        ("fusion.normalisations", {*NORMALISATIONS}),
        ("fusion.poolings", {*POOLINGS}),
        ("fusion.strategies", {*STRATEGIES} | LEARNED),
    ],
)
def test_a_setting_may_be_what_the_code_has(setting, in_code):
    assert offered(setting) == in_code
