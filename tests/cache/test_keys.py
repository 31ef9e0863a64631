import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.cache import keys

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


@given(plain)
def test_canonical_json_loses_nothing(value):
    assert json.loads(keys.canonical(value)) == value


@given(st.dictionaries(st.text(max_size=4), plain, min_size=2, max_size=5))
def test_order_of_settings_does_not_matter(settings):
    backwards = dict(reversed(settings.items()))
    assert keys.key("fuse", settings) == keys.key("fuse", backwards)


def test_one_and_one_point_zero_are_the_same_setting():
    assert keys.key("fuse", {"step": 1.0}) == keys.key("fuse", {"step": 1})


def test_swapped_values_are_other_settings():
    assert keys.key("fuse", {"a": 1, "b": 2}) != keys.key("fuse", {"a": 2, "b": 1})


def test_true_is_not_one():
    assert keys.key("fuse", {"a": True}) != keys.key("fuse", {"a": 1})


@pytest.mark.parametrize("stage", sorted(keys.VERSION))
def test_a_new_version_or_upstream_is_a_new_key(stage, monkeypatch):
    before = keys.key(stage, {}, "upstream")
    assert keys.key(stage, {}, "another") != before
    monkeypatch.setitem(keys.VERSION, stage, keys.VERSION[stage] + 1)
    assert keys.key(stage, {}, "upstream") != before
