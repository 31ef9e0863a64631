"""Show what a job prints, and write it to the job's log: `COMMAND 2>&1 | python -m twostream.job_log LOG [SETTINGS]`.

The log is appended to, so that a job that goes on keeps what it said before. Of a bar of progress the log has the last
state alone. A log that cannot be written is a warning: what the job has made counts.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from twostream import __version__, console, text

CHUNK = 1 << 16
"""Bytes that are read at once."""


class JobLog:
    """A log that is written line by line, until it cannot be written."""

    def __init__(self, path: Path) -> None:
        """Go on with what earlier jobs wrote: Snakemake deletes a log before its job, but not its second name."""
        self._path, self._twin = path, path.with_name(f".{path.name}.kept")
        with suppress(OSError):
            os.link(self._twin, path)
        self._rest = b""
        self._is_writable = True

    def add(self, output: bytes) -> None:
        """Write the lines that `output` ends; of what a carriage return overwrites, nothing."""
        *lines, self._rest = (self._rest + output).split(b"\n")
        self._write(lines)
        self._rest = self._rest[max(0, self._rest[:-1].rfind(b"\r")) :]

    def end(self) -> None:
        """Write the last line, which nothing has ended."""
        self._write([self._rest] if self._rest else [])

    def _write(self, lines: Sequence[bytes]) -> None:
        if not lines or not self._is_writable:
            return
        shown = [line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace") for line in lines]
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(f"{text.printable(line)}\n" for line in shown)
            with suppress(OSError):
                os.link(self._path, self._twin)
        except OSError:
            self._is_writable = False
            console.warn(self._path, "cannot be written, and lacks what follows")


def main(arguments: Sequence[str]) -> None:
    """Copy standard input to standard output and to the log, below a line of the time and the settings."""
    # Ctrl-C is the job's to answer, and that answer is to be shown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    path, *settings = arguments
    log = JobLog(Path(path))
    now = datetime.now().astimezone()
    log.add(f"--- {now:%Y-%m-%d %H:%M:%S %z} twostream {__version__} {' '.join(settings)}\n".encode())
    while output := os.read(sys.stdin.fileno(), CHUNK):
        _show(output)
        log.add(output)
    log.end()


def _show(output: bytes) -> None:
    """Write to standard output, unless nobody reads it any more."""
    try:
        while output:
            output = output[os.write(sys.stdout.fileno(), output) :]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main(sys.argv[1:])
