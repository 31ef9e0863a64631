"""Sizes, durations, tables and names as people read them."""

import unicodedata
from collections.abc import Sequence

SHAPING = "\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Letters that shape a text of several lines, and of which some scripts and pictures are made."""


def size(count: float) -> str:
    """Return `count` bytes in words, as `1.5 MB`; a kB has 1000 bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def duration(seconds: float) -> str:
    """Return `seconds` in words, as `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min {rest:02d} s"


def roughly(seconds: float) -> str:
    """Return `seconds` in words for an estimate, as `about 40 s` or `about 2 h 10 min`."""
    if seconds < 60:
        return f"about {max(1, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"about {hours} h {rest:02d} min" if hours else f"about {minutes} min"
    return f"about {round(hours / 24)} days"


def counted(number: int, noun: str) -> str:
    """Return `number` of what `noun` names: `1 pair`, `1,200 pairs`, `2 classes`, `3 copies`."""
    return f"{number:,} {noun if number == 1 else _plural(noun)}"


def are(number: int) -> str:
    """Return the verb of so many."""
    return "is" if number == 1 else "are"


def listed(words: Sequence[str]) -> str:
    """Return `words` in a row, as `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows` of cells as lines, with the columns aligned."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def printable(name: str) -> str:
    """Return `name` as one line that can be shown anywhere: a letter that cannot be is written by its code point."""
    if name.isprintable():
        return name
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def writable(name: object) -> str:
    """Return `name`, such as the path of a file, with bytes that are no UTF-8 written out: no text file holds them."""
    return str(name).encode(errors="surrogateescape").decode(errors="backslashreplace")


def lines(text: str) -> str:
    """Return `text` of several lines as `printable` returns one; blanks of any width and joined letters stay."""
    if text.isprintable():
        return text
    return "".join(letter if _stays(letter) else printable(letter) for letter in text)


def _plural(noun: str) -> str:
    """Return the regular plural of an English noun; the ch of `epoch` is spoken as k."""
    if noun.endswith(("s", "x", "ch", "sh")) and not noun.endswith("epoch"):
        return f"{noun}es"
    if noun.endswith("y") and not noun.endswith(("ay", "ey", "oy", "uy")):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def _stays(letter: str) -> bool:
    return letter in SHAPING or unicodedata.category(letter) == "Zs"
