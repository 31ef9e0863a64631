"""Show what a job prints, and write it to its log: `COMMAND 2>&1 | python -m twostream.job_log LOG LABEL [SETTINGS]`.

The shell lets it ignore Ctrl-C, which is the job's to answer: that answer is to be shown.

What is shown is whole lines that begin with the job's label, so that two jobs can share a terminal. The log is
appended to, so that a job that goes on keeps what it said before. Of a bar of progress both have the last state alone.
A log that cannot be written is a warning: what the job has made counts.
"""

import os
import platform
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from twostream import __version__, console, text
from twostream.cache import environment

CHUNK = 1 << 16
"""Bytes that are read at once."""
OURS = "twostream: "
"""What a line of ours begins with; on the terminal the job's label stands there."""


class JobLog:
    """A log that is written line by line, until it cannot be written."""

    def __init__(self, path: Path, label: str) -> None:
        """Go on with what earlier jobs wrote: Snakemake deletes a log before its job, but not its second name."""
        self._path, self._twin = path, path.with_name(f".{path.name}.kept")
        with suppress(OSError):
            os.link(self._twin, path)
        self._label = label
        self._rest = b""
        self._is_writable = True

    def add(self, output: bytes) -> None:
        """Show and write the lines that `output` ends; of what a carriage return overwrites, nothing."""
        *lines, self._rest = (self._rest + output).split(b"\n")
        self._take(lines)
        self._rest = self._rest[max(0, self._rest[:-1].rfind(b"\r")) :]

    def end(self) -> None:
        """Show and write the last line, which nothing has ended."""
        self._take([self._rest] if self._rest else [])

    def write(self, line: str) -> None:
        """Write a line that is not shown."""
        self._write([line])

    def _take(self, lines: Sequence[bytes]) -> None:
        readable = [_readable(line) for line in lines]
        labelled_lines = (f"{self._label} | {line.removeprefix(OURS)}\n" for line in readable if line)
        _show("".join(labelled_lines).encode())
        self._write(readable)

    def _write(self, lines: Sequence[str]) -> None:
        if not lines or not self._is_writable:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            with suppress(OSError):
                os.link(self._path, self._twin)
        except OSError:
            self._is_writable = False
            console.warn(self._path, "cannot be written, and lacks what follows")


def main(arguments: Sequence[str]) -> None:
    """Show standard input and write it to the log, between lines that say when, with what and for how long it ran."""
    began = time.monotonic()
    path, label, *settings = arguments
    log = JobLog(Path(path), label)
    log.write(f"--- {_now()} {label}, {_versions()} {' '.join(settings)}")
    while output := os.read(sys.stdin.fileno(), CHUNK):
        log.add(output)
    log.end()
    log.write(f"--- {_now()} the job has ended, after {text.duration(time.monotonic() - began)}")


def _now() -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}"


def _versions() -> str:
    """Return the versions of this package, of Python and of what may change a number."""
    packages = {"twostream": __version__, "Python": platform.python_version()}
    packages |= {name: number for name in environment.NUMERICAL.values() if (number := environment.version(name))}
    return ", ".join(f"{name} {number}" for name, number in packages.items())


def _readable(line: bytes) -> str:
    return text.printable(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"))


def _show(output: bytes) -> None:
    """Write to standard output, unless nobody reads it any more."""
    try:
        while output:
            output = output[os.write(sys.stdout.fileno(), output) :]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main(sys.argv[1:])
