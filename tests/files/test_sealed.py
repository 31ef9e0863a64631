"""A sealed file is what was written, or nothing."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twostream.files import sealed


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.data())
def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path, content, data):
    file = tmp_path / "a"
    sealed.write(file, content)
    assert sealed.read(file) == content
    stored = file.read_bytes()
    flipped = bytearray(stored)
    flipped[data.draw(st.integers(0, len(stored) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    for damaged in (bytes(flipped), stored[: data.draw(st.integers(0, len(stored) - 1))], stored + b"\0"):
        file.write_bytes(damaged)
        assert sealed.read(file) is None


def test_what_is_not_there_is_nothing(tmp_path):
    assert sealed.read(tmp_path / "a") is None
