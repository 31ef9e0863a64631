"""A file on a slow disk: every frame comes, in order, and no more of them wait than on a fast one."""

import io
import time
from pathlib import Path

import av
import numpy as np
import pytest

from support import encoded
from twostream.videos import decode, probe, source, verified

DELAY = 0.002
"""Seconds that every read of the slow disk takes."""

BLOCK = 4096
"""Bytes that a read gives at most."""


class SlowFile:
    """A file whose reads are small and late; it counts them."""

    reads = 0

    def __init__(self, opened: str | verified.VerifiedFile) -> None:
        self._file = io.FileIO(opened.removeprefix("file:")) if isinstance(opened, str) else opened

    def read(self, size: int) -> bytes:
        time.sleep(DELAY)
        SlowFile.reads += 1
        return self._file.read(min(size, BLOCK)) or b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


@pytest.fixture
def slow(monkeypatch) -> None:
    fast = av.open
    monkeypatch.setattr(SlowFile, "reads", 0)
    monkeypatch.setattr(source.av, "open", lambda path, **how: fast(SlowFile(path), **how))


@pytest.fixture
def path(tmp_path) -> Path:
    return encoded.write(tmp_path / "a.mkv", encoded.pictures(60, 96, 64), "ffv1", "bgr0")


def test_every_frame_comes_and_few_wait(path, slow, monkeypatch):
    sizes = []
    resize = decode.resize
    monkeypatch.setattr(decode, "resize", lambda frame, size: sizes.append(size) or resize(frame, size))
    shown = encoded.pictures(60, 96, 64)
    for number, frame in enumerate(decode.decode(path, None)):
        assert np.array_equal(frame, shown[number])
        # Those in the queue, one that waits to get in, and the one that was read.
        assert len(sizes) <= number + 1 + decode.AHEAD + 1
    assert len(sizes) == 60
    assert SlowFile.reads > path.stat().st_size / BLOCK


def test_who_stops_early_does_not_wait_for_the_rest(path, slow):
    frames = decode.decode(path, None)
    next(frames)
    frames.close()
    assert SlowFile.reads < path.stat().st_size / BLOCK


def test_it_is_probed_as_on_a_fast_one(path, slow, monkeypatch):
    slow_probe = probe.probe(path)
    monkeypatch.undo()
    assert slow_probe == probe.probe(path)
    assert slow_probe.frames == 60
