"""The bench of storing: both ways store the same bytes, and their rates are told for one and more threads."""

import h5py
import numpy as np

from twostream.bench import _storing

FIELDS = [np.full((2, 40, 50), 128 + t, np.uint8) for t in range(3)]


def test_both_ways_store_the_same_bytes(tmp_path):
    chunks = []
    for store in (_storing.store, _storing.store_by_hdf5):
        with h5py.File(tmp_path / store.__name__, "w", libver="latest") as file:
            store(file, FIELDS)
            file.flush()
            chunks.append([file["dense"].id.read_direct_chunk((t, 0, 0, 0)) for t in range(3)])
            assert np.array_equal(file["dense"][:], FIELDS)
    assert chunks[0] == chunks[1]


def test_rates_of_one_and_more_threads_are_told():
    rows, figures = _storing.measure(FIELDS, rounds=1)
    assert {row["stored"] for row in rows} == {"by HDF5's filters", "outside its lock"}
    assert {row["threads"] for row in rows} >= {1}
    assert all(row["pairs a second"] * row["ms a pair"] > 999 for row in rows)
    assert figures["lock_microseconds"] * figures["lock_bound_pairs_per_second"] > 0.999e6
