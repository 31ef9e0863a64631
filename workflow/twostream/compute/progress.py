"""A progress bar on stderr, by tqdm; without it, none."""

import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

Item_co = TypeVar("Item_co", covariant=True)
Item = TypeVar("Item")

SECONDS_BETWEEN_UPDATES = 2.0


class Progress(Protocol[Item_co]):
    """Items that are counted on a bar as they are taken, or by `update`."""

    def __iter__(self) -> Iterator[Item_co]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def update(self, n: float | None = 1, /) -> bool | None:
        """Count `n` more items."""

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
        """Show `s` behind the bar."""


def show(items: Iterable[Item], label: str, unit: str, **options: Any) -> Progress[Item]:
    """Return `items` with a bar that is called `label`; `options` are tqdm's."""
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return _Silent(items)
    return tqdm(items, label, unit=unit, mininterval=SECONDS_BETWEEN_UPDATES, file=sys.stderr, **options)


class _Silent(Progress[Item]):
    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: float | None = 1, /) -> None:
        pass

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
        pass
