"""Damaged and hostile files, drawn at random for a bounded time."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twostream import console
from twostream.errors import InputError

SECONDS = float(os.environ.get("TWOSTREAM_FUZZ_SECONDS", "2"))
"""How long each fuzzer tries; more by the variable of the environment, with TWOSTREAM_FUZZ_SEED for others."""
SEED = int(os.environ.get("TWOSTREAM_FUZZ_SEED", "0"))
ODD = (
    b"\0",
    b"\n",
    b"\r",
    b"\xff",
    b"\xed\xa0\x80",
    b" ",
    b"\t",
    b"/",
    b"..",
    b'"',
    b",",
    b"\x1b[31m",
    b"9" * 400,
    b"-1",
)


def rounds(name: str) -> Iterator[random.Random]:
    """Yield a source of chance, the same ones each time, until the time is up; at least twenty times."""
    ends, number = time.monotonic() + SECONDS, 0
    while number < 20 or time.monotonic() < ends:
        yield random.Random(f"{name} {SEED} {number}")
        number += 1


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return `content` with a few places changed: flipped, cut, repeated, swapped, or with something odd put in."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(len(data) + 1)
        length = rng.choice((1, 1, 4, 16, 64))
        way = rng.randrange(6)
        if way == 0 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif way == 1:
            data[place : place + length] = b""
        elif way == 2:
            data[place:place] = data[place : place + length] * rng.choice((1, 3))
        elif way == 3:
            data[place:place] = rng.choice(ODD)
        elif way == 4:
            data[place : place + length] = rng.randbytes(length)
        else:
            del data[place if rng.random() < 0.2 else len(data) :]
    return bytes(data)


def accepts_or_refuses(read: Callable[[], object], content: object) -> bool:
    """Call `read`; return whether it took what it was given. It may refuse it, in one line, and do nothing else."""
    try:
        read()
    except InputError as error:
        line = console.line(error)
        if len(error.args) != 3 or not all(error.args) or not line.isprintable():
            pytest.fail(f"{content!r:.2000} is refused as {error.args}")
        return False
    except Exception as error:
        pytest.fail(f"{content!r:.2000} raises {type(error).__name__}: {error}")
    return True


def files(name: str, contents: list[bytes], path: Path) -> Iterator[bytes]:
    """Write one of the `contents` after another, mutated, to `path`, and yield it."""
    for rng in rounds(name):
        content = mutated(rng.choice(contents), rng)
        path.write_bytes(content)
        yield content
