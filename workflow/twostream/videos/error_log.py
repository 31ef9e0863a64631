"""What libav tells of damage in its log alone: a decoder that conceals an error gives its frame all the same.

libav logs for the whole process; the lines are kept apart by the thread in which it works.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import av
from av.logging import Capture

HARMLESS = (
    "SEI type",  # H.264, HEVC: a note beside the pictures that is not whole.
    "non-existing SPS",  # H.264: another such note.
    "unable to decode APP fields",  # MJPEG: a camera's own note.
    "File ended prematurely",  # Matroska: as many frames as there are come, and come whole.
)
"""How lines begin that libav calls errors, and that change no frame."""


class ErrorLog:
    """The errors that libav has logged in this thread and that nobody has asked for yet."""

    def __init__(self, lines: list[tuple[int, str, str]]) -> None:
        self._lines = lines

    def count(self) -> Counter[str]:
        """Return how many errors each demuxer and decoder has logged since the last call, by its name."""
        errors = Counter(name for _, name, text in self._lines if not text.startswith(HARMLESS))
        self._lines.clear()
        return errors


@contextmanager
def watch() -> Iterator[ErrorLog]:
    """Yield the log of what libav does in this thread until the end of the context."""
    # The level holds for all threads, so that it is never lowered again; nothing is printed of the others.
    logging.getLogger("libav").setLevel(logging.CRITICAL + 1)
    av.logging.set_skip_repeated(False)
    av.logging.set_level(av.logging.ERROR)
    with Capture() as lines:
        yield ErrorLog(lines)
