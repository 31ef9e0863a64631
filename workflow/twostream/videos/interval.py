"""A video that is an interval of a file: which of its frames it has."""

from dataclasses import dataclass

SECONDS, FRAMES = "seconds", "frames"
"""The units of an interval's bounds."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The interval of `file` from `start` up to, and without, `end`; None is the file's beginning or end.

    Both are of `unit`, and count from the first frame, that is 0. `where` says which line of a table has them.
    """

    file: str
    start: float | None = None
    end: float | None = None
    unit: str = SECONDS
    where: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the file."""
        return self.start is None and self.end is None

    @property
    def id(self) -> str:
        """The id of the video: the file and, as the W3C's media fragments have it, the interval."""
        if self.is_whole:
            return self.file
        name = "t" if self.unit == SECONDS else "frame"
        start, end = ("" if bound is None else f"{bound:.15g}" for bound in (self.start, self.end))
        return f"{self.file}#{name}={start},{end}".rstrip(",")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which frames of a `file` a video has, where these are not all, or not as they come.

    They are `length` frames of the file from the `first` on, of which the time stamp is `stamp`, None where it has none
    of its own. With a `rate` they are shown at so many frames a second, which makes them `frames`.
    """

    file: str
    first: int
    length: int
    frames: int
    stamp: int | None = None
    rate: float | None = None


def content(digest: str, part: Part | None) -> str:
    """Return a text that is equal for videos of the same frames: the file's `digest` and, of a part, which it is."""
    return f"{digest} {part.first} {part.length}" if part else digest
