"""The file that HDF5 writes to: a disk that is full does not reach HDF5, which closes a file badly then, or crashes.

What cannot be written to the disk is held in memory until the file is closed: HDF5 reads back what it wrote.
"""

import io
import os
from pathlib import Path
from typing import Any


class Sink(io.RawIOBase):
    """A file to read and write, whose writes seem to succeed; `error` is the first one that did not."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o666)
        self._position = 0
        self._size = 0
        self._held: list[tuple[int, bytes]] = []
        self.error: OSError | None = None

    def raise_error(self) -> None:
        """Raise the first error of writing, if there was one."""
        if self.error:
            raise self.error

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def writable(self) -> bool:
        """Return that it can be written."""
        return True

    def seekable(self) -> bool:
        """Return that it has a position."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset`, from the beginning, the position or the end."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def write(self, data: Any) -> int:
        """Write all of `data` at the position."""
        view = memoryview(data).cast("B")
        if not self.error:
            try:
                self._write_all(view)
            except OSError as error:
                self.error = error
        if self.error:
            self._held.append((self._position, bytes(view)))
        self._position += len(view)
        self._size = max(self._size, self._position)
        return len(view)

    def readinto(self, buffer: Any) -> int:
        """Read into `buffer` from the position on."""
        view = memoryview(buffer).cast("B")
        count = max(min(len(view), self._size - self._position), 0)
        data = bytearray(os.pread(self._file, count, self._position).ljust(count, b"\0"))
        for start, held in self._held:
            _overlay(data, self._position, start, held)
        view[:count] = data
        self._position += count
        return count

    def truncate(self, size: int | None = None) -> int:
        """Give the file another size."""
        self._size = self._position if size is None else size
        if not self.error:
            try:
                os.ftruncate(self._file, self._size)
            except OSError as error:
                self.error = error
        return self._size

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._file)
        super().close()

    def _write_all(self, view: memoryview) -> None:
        written = 0
        while written < len(view):
            written += os.pwrite(self._file, view[written:], self._position + written)


def _overlay(data: bytearray, position: int, start: int, held: bytes) -> None:
    """Write into `data`, read at `position`, the part of `held`, written at `start`, that lies there."""
    first, last = max(position, start), min(position + len(data), start + len(held))
    if first < last:
        data[first - position : last - position] = held[first - start : last - start]
