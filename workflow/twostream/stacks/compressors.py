"""The libraries of hdf5plugin, which HDF5 would call, called without it and without Python's lock."""

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

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

LEVEL = 100
"""Zstd's number of the parameter that is the level."""
FEW_SEQUENCES = {104: 4, 105: 6, 107: 5}
"""Parameters of zstd beside the level: 2^4 candidates, no match below 6 bytes, and the strategy lazy2.

A stack is read once an epoch, and its time goes by the number of matches, not of bytes (docs/loading.md).
"""


class _Context:
    """Memory that zstd works in, again and again, for one thread."""

    def __init__(self, create: Any, free: Any) -> None:
        self.address = create()
        self._free = free
        if not self.address:
            raise MemoryError("zstd has no memory to work in")

    def __del__(self) -> None:
        if self.address:
            self._free(self.address)


def _contexts(library: Any, kind: str, prepare: Callable[[int], None] | None = None) -> Callable[[], int]:
    """Return what gives a thread its context, DCtx or CCtx by its `kind`, which `prepare` is called with once."""
    create, free = getattr(library, f"ZSTD_create{kind}"), getattr(library, f"ZSTD_free{kind}")
    create.argtypes, create.restype = [], ctypes.c_void_p
    free.argtypes = [ctypes.c_void_p]
    own = threading.local()

    def address() -> int:
        if not hasattr(own, "context"):
            own.context = _Context(create, free)
            if prepare:
                prepare(own.context.address)
        there: int = own.context.address
        return there

    return address


@cache
def _zstd() -> Decompress | None:
    try:
        library = _library("zstd")
        function, context = library.ZSTD_decompressDCtx, _contexts(library, "DCtx")
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    function.restype = ctypes.c_size_t

    def decompress(chunk: bytes, size: int, address: int, room: int) -> bool:
        return bool(function(context(), address, room, chunk, size) == room)

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
        library = _library("zstd")
        function, bound, set_parameter = (
            library.ZSTD_compress2,
            library.ZSTD_compressBound,
            library.ZSTD_CCtx_setParameter,
        )
        context = _contexts(library, "CCtx", lambda address: _set_parameters(set_parameter, address, level))
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
    function.restype = bound.restype = ctypes.c_size_t
    bound.argtypes = [ctypes.c_size_t]
    set_parameter.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]

    def compress(frame: NDArray[np.uint8]) -> bytes:
        out = np.empty(bound(frame.nbytes), np.uint8)
        size = function(context(), out.ctypes.data, out.size, frame.ctypes.data, frame.nbytes)
        # An error is a number that is larger than any size.
        if size > out.size:
            raise MemoryError("zstd could not compress a frame")
        return out[:size].tobytes()

    return compress


def _set_parameters(set_parameter: Any, context: int, level: int) -> None:
    for parameter, value in {LEVEL: level, **FEW_SEQUENCES}.items():
        set_parameter(context, parameter, value)


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
