"""Sizes, durations, tables and names as people read them."""

from collections.abc import Sequence


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


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows` of cells as lines, with the columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def printable(name: str) -> str:
    """Return `name` as one line that can be shown anywhere: a letter that cannot be is written by its code point."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
