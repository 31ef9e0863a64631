"""One thin `main` a rule: arguments -> library -> files. None needs Snakemake."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from twostream.errors import InputError

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


def _fail(line: str) -> NoReturn:
    """End with that line."""
    if "LOCAL_RANK" not in os.environ:
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


def run_from_here() -> None:
    """Let `python -m twostream.steps.NAME` mean this Python and this library, activated or not."""
    library = Path(__file__).parents[2]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = str(library)


def parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments that all steps share: the settings, as JSON, and the file to make."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--settings", type=json.loads, default={}, help="the stage's settings as JSON")
    made.add_argument("--out", type=Path, required=True, help="the file to make")
    return made


def add_workers(made: argparse.ArgumentParser) -> None:
    made.add_argument("--workers", type=int, default=1, help="videos at once")
    made.add_argument("--scheduler", choices=["threads", "processes"], default="threads", help="dask's")


def named_paths(pairs: list[str]) -> dict[str, Path]:
    """`name=path` arguments as a mapping."""
    return {name: Path(path) for name, _, path in (pair.partition("=") for pair in pairs)}
