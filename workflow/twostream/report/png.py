"""A small picture of few colours as PNG, without a library of pictures."""

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]


def data_uri(indices: NDArray[np.uint8], palette: Sequence[Colour]) -> str:
    """Return a picture as PNG in a data URI; `indices` (H, W) are those of its colours in `palette`, 0 transparent.

    Portable Network Graphics (PNG) Specification, third edition, W3C.
    """
    height, width = indices.shape
    rows = b"".join(b"\0" + row.tobytes() for row in indices)
    chunks = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
        _chunk(b"tRNS", b"\0"),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    )
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
    return f"data:image/png;base64,{data}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
