"""Chunks that are written and read past HDF5 are what HDF5 writes and reads, or are refused."""

import sys
import threading

import cv2
import h5py
import hdf5plugin
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.stacks import chunks, codecs

FRAMES = np.random.default_rng(0).integers(120, 137, (5, 2, 31, 47), np.uint8)
FRAMES[..., 20:] = 128  # HDF5 stores what does not shrink without the filter.
FRAMES[2] = 128
KNOWN = ["zstd", "lz4"]


@pytest.fixture
def dataset(tmp_path, request):
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        codecs.write(file.create_group("v"), iter(FRAMES), len(FRAMES), request.param, 95)
        yield file["v/dense"]


def decompressed(dataset: h5py.Dataset, position: int) -> np.ndarray:
    out = np.empty(dataset.shape[1:], np.uint8)
    decompress = chunks.decompressor(dataset.id)
    assert chunks.read_chunk(dataset.id, position, decompress, out.ctypes.data, out.nbytes)
    return out


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_a_chunk_is_what_hdf5_reads(dataset):
    for position, frame in enumerate(FRAMES):
        assert np.array_equal(decompressed(dataset, position), frame)


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_hdf5_reads_what_was_compressed_past_it(dataset):
    assert np.array_equal(dataset[:], FRAMES)


@pytest.mark.parametrize("dataset", ["lz4"], indirect=True)
def test_what_was_compressed_past_hdf5_is_what_it_would_have_written(dataset):
    chunk = dataset.id.read_direct_chunk((2, 0, 0, 0))
    dataset[2] = FRAMES[2]
    assert dataset.id.read_direct_chunk((2, 0, 0, 0)) == chunk


def test_flow_takes_fewer_bytes_than_hdf5_makes_of_it_at_the_same_level(tmp_path):
    """Longer matches, which are decompressed sooner, are also fewer bytes."""
    rng = np.random.default_rng(0)
    smooth = [cv2.resize(rng.normal(128, 2, (8, 12)), (288, 192), interpolation=cv2.INTER_CUBIC) for _ in range(6)]
    fields = np.rint(smooth).astype(np.uint8).reshape(3, 2, 192, 288)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        codecs.write(file.create_group("v"), iter(fields), 3, "zstd", 95)
        dense = file["v/dense"]
        ours = dense.id.get_storage_size()
        dense[:] = fields
        assert ours < 0.98 * dense.id.get_storage_size()


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_what_does_not_shrink_is_written_and_read(dataset):
    noise = np.random.default_rng(1).integers(0, 256, FRAMES.shape[1:], np.uint8)
    chunks.write_chunk(dataset.id, 1, chunks.compressor(dataset.id), noise)
    assert np.array_equal(dataset[1], noise)
    assert np.array_equal(decompressed(dataset, 1), noise)


@pytest.mark.parametrize("dataset", ["raw"], indirect=True)
def test_what_is_not_compressed_is_left_to_hdf5(dataset):
    assert chunks.decompressor(dataset.id) is None
    assert chunks.compressor(dataset.id) is None


@pytest.mark.parametrize("options", [{"chunks": (2, 2, 31, 47), "fletcher32": True}, {"chunks": (1, 2, 31, 47)}])
def test_other_chunks_than_ours_are_left_to_hdf5(tmp_path, options):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        other = file.create_dataset("dense", data=FRAMES, **hdf5plugin.Zstd(), **options)
        assert chunks.decompressor(other.id) is None
        assert chunks.compressor(other.id) is None


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
@pytest.mark.parametrize("fault", ["a byte", "the size", "no bytes"])
def test_a_chunk_that_is_damaged_is_refused(dataset, fault):
    _, chunk = dataset.id.read_direct_chunk((1, 0, 0, 0))
    damaged = {"a byte": chunk[:40] + bytes([chunk[40] ^ 1]) + chunk[41:], "the size": chunk[:-30], "no bytes": b"12"}
    dataset.id.write_direct_chunk((1, 0, 0, 0), damaged[fault])
    with pytest.raises(OSError, match="fletcher32"):
        decompressed(dataset, 1)


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_a_frame_of_another_size_is_refused(dataset):
    """Its checksum is right: it is a chunk of another data set."""
    with h5py.File(dataset.file.filename + "other", "w", libver="latest") as file:
        codecs.write(
            file.create_group("v"), iter(FRAMES[:, :, :30]), len(FRAMES), dataset.parent.attrs["codec"].decode(), 95
        )
        _, chunk = file["v/dense"].id.read_direct_chunk((1, 0, 0, 0))
    dataset.id.write_direct_chunk((1, 0, 0, 0), chunk)
    with pytest.raises(OSError, match="decompresses"):
        decompressed(dataset, 1)


@pytest.mark.parametrize("dataset", ["zstd"], indirect=True)
def test_a_chunk_that_was_stored_without_compression_is_left_to_hdf5(dataset):
    frame = np.full(dataset.shape[1:], 7, np.uint8)
    content = frame.tobytes()
    checksum = chunks.fletcher32(content, len(content)).to_bytes(4, "little")
    dataset.id.write_direct_chunk((1, 0, 0, 0), content + checksum, filter_mask=1)
    dataset.id.read_direct_chunk((0, 0, 0, 0))  # HDF5 remembers the old mask of the chunk that it worked on last.
    assert np.array_equal(codecs.open_frames(dataset.parent.id)[1:2], frame[None])


@given(st.binary(max_size=3000))
def test_the_checksum_is_that_of_hdf5(content):
    assert chunks.checksum()(content, len(content)) == chunks.fletcher32(content, len(content))


def test_the_checksum_is_that_of_hdf5_for_a_large_chunk():
    content = b"\xff" * ((1 << 25) + 3)
    assert chunks.checksum()(content, len(content)) == chunks.fletcher32(content, len(content))


def test_hdf5_has_its_own_checksum_here():
    assert chunks.checksum() is not chunks.fletcher32


@pytest.mark.parametrize("codec", KNOWN)
def test_hdf5_writes_where_no_library_can_be_called(tmp_path, codec, monkeypatch):
    monkeypatch.setattr(chunks, "COMPRESSOR_MAKERS", {})
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        codecs.write(file.create_group("v"), iter(FRAMES), len(FRAMES), codec, 95)
        assert np.array_equal(codecs.open_frames(file["v"].id)[:], FRAMES)


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_hdf5_is_not_locked_meanwhile(dataset):
    compress, compressed = chunks.compressor(dataset.id), []
    worker = threading.Thread(target=lambda: compressed.append(compress(FRAMES[0])), daemon=True)
    with h5py._objects.phil:
        worker.start()
        worker.join(timeout=60)
    assert compressed


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
@pytest.mark.parametrize("action", ["compress", "decompress"])
def test_python_is_not_locked_meanwhile(dataset, action):
    large = np.resize(np.arange(251, dtype=np.uint8), (4096, 4096))
    compress, decompress = chunks.compressor(dataset.id), chunks.decompressor(dataset.id)
    compressed, out = compress(large), np.empty_like(large)
    begin, ran = threading.Event(), []
    other = threading.Thread(target=lambda: ran.append(begin.wait()))
    other.start()
    interval = sys.getswitchinterval()
    # The other thread runs only where this one lets go of the lock by itself.
    sys.setswitchinterval(1000)
    try:
        begin.set()
        for _ in range(20):
            if not ran and action == "compress":
                compress(large)
            elif not ran:
                assert decompress(compressed, len(compressed), out.ctypes.data, out.nbytes)
        has_run = bool(ran)
    finally:
        sys.setswitchinterval(interval)
        other.join()
    assert has_run


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_hdf5_reads_where_no_library_can_be_called(dataset, monkeypatch):
    monkeypatch.setattr(chunks, "MAKERS", {})
    assert np.array_equal(codecs.open_frames(dataset.parent.id)[:], FRAMES)


@pytest.mark.parametrize("dataset", KNOWN, indirect=True)
def test_threads_read_at_once(dataset):
    frames, right = codecs.open_frames(dataset.parent.id), []

    def read() -> None:
        right.append(all(np.array_equal(frames[:], FRAMES) for _ in range(20)))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 3
