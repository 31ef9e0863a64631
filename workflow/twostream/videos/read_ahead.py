"""An iterator that works ahead of whoever reads it, in a thread, by a bounded number of items."""

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

POLL = 0.1
"""Seconds after which a thread that waits looks whether the reader has gone."""


def read_ahead(items: Iterator[Item], count: int) -> Iterator[Item]:
    """Yield `items`, made in a thread up to `count` ahead; what they raise is raised here."""
    queue: Queue[tuple[Item] | BaseException | None] = Queue(count)
    has_gone = Event()

    def put(entry: tuple[Item] | BaseException | None) -> bool:
        while not has_gone.is_set():
            try:
                queue.put(entry, timeout=POLL)
                return True
            except Full:
                continue
        return False

    def work() -> None:
        try:
            ended = all(put((item,)) for item in items)
        except BaseException as error:  # It is raised again where the items are read.
            put(error)
        else:
            put(None) if ended else None

    worker = Thread(target=work, name="read-ahead", daemon=True)
    worker.start()
    try:
        yield from _entries(queue)
    finally:
        has_gone.set()
        _empty(queue)
        worker.join()


def _entries(queue: "Queue[tuple[Item] | BaseException | None]") -> Iterator[Item]:
    while (entry := queue.get()) is not None:
        if isinstance(entry, BaseException):
            raise entry
        yield entry[0]


def _empty(queue: "Queue[tuple[Item] | BaseException | None]") -> None:
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return
