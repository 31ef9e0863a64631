"""A video file whose every byte is checked against its digest while it is decoded."""

import hashlib
import io
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twostream.errors import RERUN_WORKFLOW, InputError

BLOCK = 1 << 20
"""Bytes that are verified at once."""
MAX_BLOCKS = 4
"""Blocks that are kept: a container's sound and pictures lie near each other, its table at the other end."""
CHANGED = "the video has changed since it was indexed"
CHANGES = "the video changes while it is read"


@contextmanager
def open_verified(path: Path, digest: str) -> Iterator["VerifiedFile | None"]:
    """Yield the file at `path`, whose SHA-256 begins with `digest`; None where no digest is known.

    InputError at the end, too, where the file has changed and its reader has not said so.
    """
    if not digest:
        yield None
        return
    # Opening a named pipe would wait for ever.
    if not path.is_file():
        raise InputError(path, CHANGED, RERUN_WORKFLOW)
    with VerifiedFile(path, digest) as file:
        yield file
        if file.error:
            raise file.error


class VerifiedFile(io.RawIOBase):
    """The file at `path`, open for reading. It is read once for its digest, and then block by block against that.

    Raise InputError where its SHA-256 does not begin with `digest`, and once where a block is not what it was at first:
    that is the `error` from then on, and no more bytes come. The file stays open, so that another of its name is never
    read.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.name = str(path.absolute())  # libav tells some formats by their suffix.
        self.error: InputError | None = None
        self._path = path
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._position = 0
        self._size = 0
        self._digests: list[bytes] = []
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        if not self._read_all().startswith(digest):
            self.close()
            raise InputError(path, CHANGED, RERUN_WORKFLOW)

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it has a position."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`, from the beginning, the position or the end."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes from the position on, or what is left of the block; none at the end or after an error."""
        number, start = divmod(self._position, BLOCK)
        # PyAV prints a second exception that a read raises before it passes on the first.
        if self.error or self._position >= self._size:
            return b""
        data = self._block(number)[start : start + size if size >= 0 else None]
        self._position += len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._file)
        super().close()

    def _read_all(self) -> str:
        """Take the digest of each block; return that of the file, hexadecimal."""
        whole = hashlib.sha256()
        while data := self._read_at(self._size, BLOCK):
            whole.update(data)
            self._digests.append(_digest(data))
            self._size += len(data)
        return whole.hexdigest()

    def _read_at(self, start: int, size: int) -> bytes:
        """Return `size` bytes from `start` on, fewer at the end alone: the system may give them in parts."""
        data = b""
        while len(data) < size and (more := os.pread(self._file, size - len(data), start + len(data))):
            data += more
        return data

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            start = number * BLOCK
            data = self._read_at(start, min(BLOCK, self._size - start))
            if _digest(data) != self._digests[number]:
                self.error = InputError(self._path, CHANGES, RERUN_WORKFLOW)
                raise self.error
            if len(self._blocks) == MAX_BLOCKS:
                self._blocks.popitem(last=False)
            self._blocks[number] = data
        self._blocks.move_to_end(number)
        return self._blocks[number]


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
