"""How a command ends: what the user can mend in one line, Ctrl-C at once, a closed pipe in silence."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

from twostream.errors import DISK_FULL, FREE_SPACE, FULL, InputError
from twostream.text import printable

LOCAL_RANK = "LOCAL_RANK"
"""The variable in which torchrun gives each process that it starts its number on its node."""
EVERYTHING = "the extra `all` of twostream (README, Only a part of it)"
"""All that the package can need, of which a smaller installation lacks some."""
INTERRUPTED = "twostream: interrupted; run the same command again to go on"
"""What is said of Ctrl-C, unless the exception has a message of its own."""
BEGINS_ANEW = "twostream: interrupted; the same command begins anew"
"""What is said of it where no part of the work is kept, as that of a fusion."""
REMEDIES: tuple[tuple[type[OSError], str], ...] = (
    (PermissionError, "give the right to read and write it"),
    (IsADirectoryError, "rename that folder: a file belongs there"),
    (NotADirectoryError, "rename the file that a part of this path is: a folder belongs there"),
    (FileExistsError, "rename that file: a folder belongs there"),
)
"""What helps against an error of the system."""


def run(main: Callable[[], None]) -> None:
    """Run `main`, a step or a command, and end the process in one line where the user can mend what went wrong."""
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        _fail(f"twostream: {line(error)}")
    except MemoryError:
        _fail("twostream: memory: is used up: lower compute.video_threads")
    except ModuleNotFoundError as error:
        if not error.name or error.name.split(".")[0] == "twostream":
            raise
        _fail(f"twostream: {error.name}: is not installed: install {EVERYTHING}")
    except BrokenPipeError:
        _end_in_silence()
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        _fail(f"twostream: {system_line(error)}")
    except KeyboardInterrupt as interrupt:
        _interrupt(str(interrupt) or INTERRUPTED)


def is_launched() -> bool:
    """Return whether torchrun, or `compute.launch` as it does, started this process as one of several."""
    return LOCAL_RANK in os.environ


def install_hook() -> None:
    """Let Ctrl-C end this process in one line outside `run` too: while a step's libraries are imported, for seconds."""
    sys.excepthook = _hook


def line(error: InputError) -> str:
    """Return the line of `error`, which from a loader's process comes at the end of that process's stack."""
    text = str(error).rpartition(f"\n{InputError.__module__}.{InputError.__qualname__}: ")[2]
    return printable(text.strip())


def system_line(error: OSError) -> str:
    """Return the line that tells of an `error` of the system, and of what helps."""
    is_full = error.errno in FULL
    remedy = FREE_SPACE if is_full else next((remedy for kind, remedy in REMEDIES if isinstance(error, kind)), "")
    problem = DISK_FULL if is_full else error.strerror or error
    # Of a file that cannot replace a folder, the second name is the folder's: the first is a part of ours.
    name = (isinstance(error, IsADirectoryError) and error.filename2) or error.filename or "a file"
    return printable(": ".join(str(part) for part in (name, problem, remedy) if part))


def warn(thing: object, problem: str) -> None:
    """Say in one line, on standard error, that something is wrong with `thing` which does not end the program."""
    _say(f"twostream: warning: {printable(f'{thing}: {problem}')}")


def inform(what: str) -> None:
    """Say on standard error, in one line, how the work goes."""
    _say(f"twostream: {printable(what)}")


def _fail(message: str) -> NoReturn:
    if not is_launched():
        sys.exit(message)
    # Torch aborts a process that still tidies up when the others, which worked with it, have ended.
    _say(message)
    os._exit(1)


def _interrupt(message: str) -> NoReturn:
    """End at once, without waiting for threads at work: what they were writing is made again."""
    _say(message)
    os._exit(128 + signal.SIGINT)


def _say(message: str) -> None:
    """Write `message` in one piece: other processes may be writing too."""
    with suppress(OSError):
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


def _end_in_silence() -> NoReturn:
    """End at once without a word: nobody reads on, as after `| head`, or the process that reads has ended."""
    os._exit(128 + signal.SIGPIPE)


def _hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if kind is KeyboardInterrupt:
        _interrupt(INTERRUPTED)
    sys.__excepthook__(kind, error, traceback)
