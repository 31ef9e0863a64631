import json

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
