"""One image of flow: whether its file is whole, and its pixels.

Of a JPEG file that is cut short OpenCV decodes the part that is there, makes the rest grey, and reports no error.
"""

import zlib
from pathlib import Path

import cv2
import numpy as np

from twostream.errors import InputError
from twostream.flow.quantise import Stored

JPEG = b"\xff\xd8"
PNG = b"\x89PNG\r\n\x1a\n"

CUT_SHORT = "cut short"
UNREADABLE = "unreadable"

JPEG_END = 0xD9
WITHOUT_LENGTH = frozenset((0x00, 0x01, *range(0xD0, 0xD9)))
"""Bytes that may follow 0xFF in a JPEG file without beginning a segment: of coded pixels, restarts, the start."""


def fault(data: bytes) -> str:
    """Return what is wrong with the bytes of an image's file, `cut short` or `unreadable`; an empty text if nothing."""
    if not data:
        return CUT_SHORT
    if data.startswith(JPEG):
        return "" if _is_whole_jpeg(data) else CUT_SHORT
    if data.startswith(PNG):
        return _fault_of_png(data)
    return UNREADABLE if decode(data) is None else ""


def read(path: Path) -> Stored:
    """Return the grey values (height, width) of the image at `path`; InputError where the file is not whole."""
    data = path.read_bytes()
    reason = fault(data)
    image = None if reason else decode(data)
    if image is None:
        problem = "is cut short" if reason == CUT_SHORT else "is not an image that can be read"
        raise InputError(path, problem, "mend it, then import again")
    return image


def decode(data: bytes, flags: int = cv2.IMREAD_GRAYSCALE) -> Stored | None:
    """Return the pixels of an image's file as OpenCV decodes them by `flags`, None where it cannot."""
    try:
        image: Stored | None = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # The file claims more pixels than OpenCV is willing to decode.
        return None
    return image


def _is_whole_jpeg(data: bytes) -> bool:
    """Return whether the file comes to its end marker (ITU-T T.81, B.1.1); what lies in a segment is no marker."""
    position = data.find(b"\xff", len(JPEG))
    while 0 <= position < len(data) - 1:
        marker = data[position + 1]
        if marker == JPEG_END:
            return True
        if marker == 0xFF:
            position += 1
        elif marker in WITHOUT_LENGTH:
            position += 2
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
        position = data.find(b"\xff", position)
    return False


def _fault_of_png(data: bytes) -> str:
    """Return what is wrong with a PNG file: chunks of a length, four letters, data and their CRC, until IEND."""
    position = len(PNG)
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if end > len(data):
            return CUT_SHORT
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return UNREADABLE
        if data[position + 4 : position + 8] == b"IEND":
            return ""
        position = end
    return CUT_SHORT
