"""Chunks of HDF5, compressed, verified and decompressed outside its one lock, into the caller's memory.

HDF5 works on one chunk at a time in a process, in memory that is new for each. Here it only fetches or stores the
bytes; hdf5plugin's own libraries, which HDF5 would call, compress and decompress them without Python's lock. Where one
of them cannot be called so, or a data set is stored in another way, HDF5 itself reads and writes.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

Compress = Callable[[NDArray[np.uint8]], bytes]
"""Return the compressed bytes of a contiguous frame."""

Decompress = Callable[[bytes, int, int, int], bool]
"""Decompress so many bytes of a chunk to an address where there is room for so many; False where that fails."""

LZ4HC = 2
"""Blosc's number of the compressor that is used here."""

BLOSC_OVERHEAD = 16
"""Bytes that Blosc adds at most, to what does not shrink."""

FLETCHER32_BYTES = 4
"""The checksum stands behind what it is of."""
CHECKED = bytes(range(251)) * 3
"""Bytes whose checksum two functions have to agree on."""
ROW = 256
ROWS_IN_32_BITS = 1 << 16
"""So many words of 16 bits can be summed up in 32."""


def decompressor(dataset: h5py.h5d.DatasetID) -> Decompress | None:
    """Return what decompresses the chunks of `dataset`, None where HDF5 has to read it.

    Each of its chunks is a frame, compressed by a codec that is known here and followed by its fletcher32.
    """
    make = MAKERS.get(_filter(dataset)[0])
    return make() if make else None


def compressor(dataset: h5py.h5d.DatasetID) -> Compress | None:
    """Return what compresses a frame into a chunk of `dataset`, under the same conditions as `decompressor`."""
    number, values = _filter(dataset)
    make = COMPRESSOR_MAKERS.get(number)
    return make(*values) if make else None


def write_chunk(dataset: h5py.h5d.DatasetID, position: int, compress: Compress, frame: NDArray[np.uint8]) -> None:
    """Compress `frame` and store it at `position`, as HDF5 would: only the storing is under its lock."""
    chunk = compress(np.ascontiguousarray(frame))
    dataset.write_direct_chunk(
        (position, 0, 0, 0), chunk + checksum()(chunk, len(chunk)).to_bytes(FLETCHER32_BYTES, "little")
    )


def _filter(dataset: h5py.h5d.DatasetID) -> tuple[int, tuple[int, ...]]:
    """Return the number and the values of the filter before the checksum, 0 where frames are stored in another way."""
    properties = dataset.get_create_plist()
    if properties.get_nfilters() != 2 or properties.get_filter(1)[0] != h5py.h5z.FILTER_FLETCHER32:
        return 0, ()
    if properties.get_chunk() != (1, *dataset.shape[1:]):
        return 0, ()
    number, _, values, _ = properties.get_filter(0)
    return number, values


def read_chunk(dataset: h5py.h5d.DatasetID, position: int, decompress: Decompress, address: int, room: int) -> bool:
    """Decompress the frame at `position` to an address where there is `room` for exactly its bytes.

    False where the chunk skipped a filter when it was written, so that HDF5 has to read it; OSError where it
    is damaged.
    """
    skipped, chunk = dataset.read_direct_chunk((position, 0, 0, 0))
    if skipped:
        return False
    size = len(chunk) - FLETCHER32_BYTES
    if size < 0 or checksum()(chunk, size) != int.from_bytes(chunk[size:], "little"):
        raise OSError("the filter fletcher32 finds another checksum than was stored")
    if not decompress(chunk, size, address, room):
        raise OSError("the filter that decompresses a frame failed")
    return True


@cache
def checksum() -> Callable[[bytes, int], int]:
    """Return what takes the checksum of the first bytes of a chunk: HDF5's own function, else `fletcher32`.

    The function is no part of HDF5's interface, but its shared library has it.
    """
    try:
        function: Any = ctypes.CDLL(h5py.defs.__file__).H5_checksum_fletcher32
    except (OSError, AttributeError):
        return fletcher32
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    function.restype = ctypes.c_uint32
    own: Callable[[bytes, int], int] = function
    return own if own(CHECKED, len(CHECKED)) == fletcher32(CHECKED, len(CHECKED)) else fletcher32


def fletcher32(content: bytes, size: int) -> int:
    """Return the fletcher32 of the first `size` bytes: sums of 16-bit words and of these sums, modulo 65535.

    HDF5 takes the words big-endian. Swapping the bytes of a word multiplies it by 256 modulo 65535.
    """
    words = np.frombuffer(content, "<u2", size // 2)
    first, second = _sums(words)
    if size % 2:
        first += content[size - 1]
        second += first
    return _folded(256 * second) << 16 | _folded(256 * first)


def _sums(words: NDArray[np.uint16]) -> tuple[int, int]:
    """Return the sum S of `words` w, and that of the sums of the first, the first two, ... of them.

    Of n words laid in rows of L, the latter is sum_rk (n - L r - k) w_rk: n S less what rows and columns sum up to.
    """
    table = np.zeros((-(-len(words) // ROW), ROW), np.uint32)
    table.reshape(-1)[: len(words)] = words
    rows = np.add.reduce(table, axis=1, dtype=np.uint32)
    columns = np.add.reduce(table, axis=0, dtype=np.uint32 if len(table) < ROWS_IN_32_BITS else np.uint64)
    first = int(rows.sum())
    return first, len(words) * first - ROW * int(np.arange(len(rows)) @ rows) - int(np.arange(ROW) @ columns)


def _folded(total: int) -> int:
    """Return `total` modulo 65535 as carries that are added again have it: 65535 for a multiple that is not 0."""
    return (total - 1) % 65535 + 1 if total else 0


@cache
def _zstd() -> Decompress | None:
    try:
        function = _library("zstd").ZSTD_decompress
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    function.restype = ctypes.c_size_t

    def decompress(chunk: bytes, size: int, address: int, room: int) -> bool:
        return bool(function(address, room, chunk, size) == room)

    return decompress


@cache
def _blosc() -> Decompress | None:
    try:
        function = _library("blosc").blosc_decompress_ctx
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    function.restype = ctypes.c_int

    def decompress(chunk: bytes, size: int, address: int, room: int) -> bool:
        # It believes its header, which has both sizes.
        sizes = tuple(int.from_bytes(chunk[start : start + 4], "little") for start in (4, 12))
        return sizes == (room, size) and bool(function(chunk, address, room, 1) == room)

    return decompress


@cache
def _zstd_compressor(level: int) -> Compress | None:
    try:
        function, bound = _library("zstd").ZSTD_compress, _library("zstd").ZSTD_compressBound
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    function.restype = bound.restype = ctypes.c_size_t
    bound.argtypes = [ctypes.c_size_t]

    def compress(frame: NDArray[np.uint8]) -> bytes:
        out = np.empty(bound(frame.nbytes), np.uint8)
        size = function(out.ctypes.data, out.size, frame.ctypes.data, frame.nbytes, level)
        # An error is a number that is larger than any size.
        if size > out.size:
            raise MemoryError("zstd could not compress a frame")
        return out[:size].tobytes()

    return compress


@cache
def _blosc_compressor(*values: int) -> Compress | None:
    """Use the `values` of Blosc's filter: two versions, the bytes of a number and of a chunk, then how to compress."""
    if len(values) != 7 or values[6] != LZ4HC:
        return None
    try:
        function = _library("blosc").blosc_compress_ctx
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
    function.argtypes += [ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    function.restype = ctypes.c_int
    level, shuffle = values[4:6]

    def compress(frame: NDArray[np.uint8]) -> bytes:
        out = np.empty(frame.nbytes + BLOSC_OVERHEAD, np.uint8)
        room = out.ctypes.data, out.size
        size = function(level, shuffle, 1, frame.nbytes, frame.ctypes.data, *room, b"lz4hc", 0, 1)
        if size <= 0:
            raise MemoryError("Blosc could not compress a frame")
        return out[:size].tobytes()

    return compress


ZSTD, BLOSC = 32015, 32001
"""The numbers of the filters in HDF5's register."""

MAKERS: dict[int, Callable[[], Decompress | None]] = {ZSTD: _zstd, BLOSC: _blosc}
"""What makes the decompressor of each filter."""

COMPRESSOR_MAKERS: dict[int, Callable[..., Compress | None]] = {ZSTD: _zstd_compressor, BLOSC: _blosc_compressor}
"""What makes the compressor of each filter, from the values that it has in a data set."""


def _library(name: str) -> Any:
    """Return the library of a filter of hdf5plugin; OSError where there is none."""
    file = next(Path(hdf5plugin.PLUGIN_PATH).glob(f"libh5{name}.*"), None)
    if file is None:
        raise OSError(f"hdf5plugin has no filter {name}")
    return ctypes.CDLL(str(file))
