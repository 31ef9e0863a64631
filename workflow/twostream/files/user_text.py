"""Texts that users and other programs wrote: lists and tables, in any encoding of Unicode."""

import codecs
import re
from pathlib import Path

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The encoding that a byte order mark stands for. UTF-32's begins with UTF-16's."""
SEPARATOR = re.compile(r"\Asep=.[\r\n]*", re.IGNORECASE)
"""The line in which spreadsheets note what divides the cells."""


def read(path: Path) -> str:
    """Return the text in the file `path`, without a byte order mark and a spreadsheet's first line, `sep=;`.

    It is UTF-8, UTF-16 or UTF-32; raise UnicodeDecodeError where it is none of them, OSError where there is no file.
    """
    return decode(path.read_bytes())


def decode(data: bytes, errors: str = "strict") -> str:
    """Return the text in the bytes `data`, as `read` does that in a file; `errors` as bytes.decode has them."""
    return SEPARATOR.sub("", data.decode(_encoding(data), errors))


def _encoding(data: bytes) -> str:
    """Return the encoding of `data`. UTF-16 without a mark is told by the zero beside each digit and line end.

    Of UTF-8 that has a zero in it by mistake, far more pairs of bytes are two letters.
    """
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return encoding
    if b"\0" not in data:
        return "utf-8"
    pairs = list(zip(data[::2], data[1::2], strict=False))
    big, little = (sum(not pair[place] for pair in pairs) for place in (0, 1))
    if max(big, little) <= sum(0 < first < 128 and 0 < second < 128 for first, second in pairs):
        return "utf-8"
    return "utf-16-be" if big > little else "utf-16-le"
