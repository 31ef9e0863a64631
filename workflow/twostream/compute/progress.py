"""Progress on stderr: on a terminal a bar, by tqdm; elsewhere, as in the jobs of the workflow, a line now and then."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from twostream import console, text

Item_co = TypeVar("Item_co", covariant=True)
Item = TypeVar("Item")

SECONDS_BETWEEN_UPDATES = 2.0
"""Of a bar."""
SECONDS_BETWEEN_LINES = 10.0
"""At the beginning of a task, and before its first line."""
LINES_OF_A_TASK = 0.1
"""The share of the time so far that passes between two lines, so that a day's task has some eighty of them."""


class Progress(Protocol[Item_co]):
    """Items that are counted as they are taken, or by `update`."""

    def __iter__(self) -> Iterator[Item_co]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def update(self, n: float | None = 1, /) -> bool | None:
        """Count `n` more items."""

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
        """Show `s` behind the count."""


def show(
    items: Iterable[Item], label: str, unit: str, *, total: int | None = None, delay: float = 0, disable: bool = False
) -> Progress[Item]:
    """Return `items`, whose progress is shown under the name `label`, on a bar after `delay` seconds.

    `total` is the number of items where they do not know it; with `disable` nothing is shown.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    if disable or not sys.stderr.isatty():
        return _Lines(items, label, unit, None if disable else total)
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return _Lines(items, label, unit, total)
    bar: Any = tqdm(items, label, total, unit=unit, delay=delay, mininterval=SECONDS_BETWEEN_UPDATES, file=sys.stderr)
    return bar  # type: ignore[no-any-return]


class _Lines(Progress[Item]):
    """Whole lines, so that those of several jobs can stand below each other."""

    def __init__(self, items: Iterable[Item], label: str, unit: str, total: int | None) -> None:
        self._items, self._label, self._unit, self._total = items, label, unit, total
        self._done, self._more = 0, ""
        self._began = self._last = time.monotonic()

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            yield item
            self.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: float | None = 1, /) -> None:
        self._done += int(n or 0)
        now = time.monotonic()
        pause = max(SECONDS_BETWEEN_LINES, LINES_OF_A_TASK * (now - self._began))
        if self._total and self._done < self._total and now - self._last >= pause:
            self._last = now
            console.inform(self._line(self._total, now - self._began))

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
        self._more = s

    def _line(self, total: int, seconds: float) -> str:
        rest = text.roughly(seconds * (total - self._done) / max(1, self._done))
        counts = f"{self._label}: {self._done:,} of {text.counted(total, self._unit)}"
        return ", ".join(filter(None, (counts, self._more, f"{rest} left")))
