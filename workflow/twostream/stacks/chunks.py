"""Chunks of HDF5, compressed, verified and decompressed outside its one lock, into the caller's memory.

HDF5 works on one chunk at a time in a process, in memory that is new for each. Here it only fetches or stores the
bytes, which `compressors` makes. Where one of these cannot be called, or a data set is stored in another way, HDF5
itself reads and writes.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from twostream.stacks.compressors import COMPRESSOR_MAKERS, MAKERS, Compress, Decompress

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
    """Compress `frame` and store it at `position`, where HDF5 can read it: only the storing is under its lock."""
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
