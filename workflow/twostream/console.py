"""How a command ends: what the user can mend in one line, Ctrl-C at once, a closed pipe in silence."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

from twostream.errors import InputError

LOCAL_RANK = "LOCAL_RANK"
"""The variable in which torchrun gives each process that it starts its number on its node."""
INTERRUPTED = "twostream: interrupted; run the same command again to go on"


def run(main: Callable[[], None]) -> None:
    """Run a step; what the user can mend ends in one line."""
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        # From a loader's process it comes with that process's stack before it.
        _fail(f"twostream: {str(error).splitlines()[-1].removeprefix('twostream.errors.InputError: ')}")
    except MemoryError:
        _fail("twostream: out of memory: ask for fewer cores with compute.video_threads")
    except BrokenPipeError:
        _leave()
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        _fail(f"twostream: {error.filename or 'a file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _stop()


def is_launched() -> bool:
    """Return whether torchrun, or `compute.launch` as it does, started this process as one of several."""
    return LOCAL_RANK in os.environ


def _fail(line: str) -> NoReturn:
    """End with that line."""
    if not is_launched():
        sys.exit(line)
    # Torch aborts a process that still tidies up when the others, which worked with it, have ended.
    _say(line)
    os._exit(1)


def _stop() -> NoReturn:
    """End at once, and not when threads that are at work have finished: what they were writing is made again."""
    _say(INTERRUPTED)
    os._exit(128 + signal.SIGINT)


def _say(line: str) -> None:
    """In one piece: other processes may be saying something too."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _leave() -> NoReturn:
    """End at once and in silence: nobody reads on, as after `| head`, or where what the step belongs to was ended."""
    os._exit(128 + signal.SIGPIPE)


def _tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if kind is KeyboardInterrupt:
        _stop()
    sys.__excepthook__(kind, error, traceback)


# What a step imports takes seconds, in which it can be interrupted too.
sys.excepthook = _tell
