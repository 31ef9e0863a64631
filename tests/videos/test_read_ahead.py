"""Items made ahead in a thread: all of them, in order, a bounded number, and no thread is left behind."""

import threading
from collections.abc import Iterator

import pytest

from twostream.videos.read_ahead import read_ahead


def test_all_items_come_in_order():
    assert list(read_ahead(iter(range(100)), 3)) == list(range(100))


def test_no_more_than_so_many_are_made_ahead():
    numbers = []
    items = read_ahead((numbers.append(n) or n for n in range(50)), 3)
    for number, item in enumerate(items):
        assert item == number
        # Those in the queue, one that waits to get in, and the one that was read.
        assert len(numbers) <= number + 1 + 3 + 1


def test_what_they_raise_is_raised_where_they_are_read():
    def failing() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    items = read_ahead(failing(), 3)
    assert next(items) == 1
    with pytest.raises(KeyError, match="two"):
        next(items)


def test_a_reader_that_leaves_ends_the_thread():
    before = threading.active_count()
    items = read_ahead(iter(range(10**9)), 3)
    assert next(items) == 0
    assert threading.active_count() == before + 1
    items.close()
    assert threading.active_count() == before
