"""What a library gives on this machine: measured by another process, and remembered in the cache.

Planning loads no such library, and measures once for all that the measurement depends on.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import twostream
from twostream import console
from twostream.cache import environment, keys
from twostream.files import records

T = TypeVar("T")

VARIABLES = ("OPENCV_", "NUMBA_CPU_", "TRITON_INTERPRET")
"""How the names of environment variables begin that change how libraries round."""


def find(
    file: Path,
    module: str,
    arguments: Sequence[str],
    depends_on: str,
    build: Callable[[Any], T],
    remember: bool,
    words: str = "",
) -> T | None:
    """Return what `build` makes of the JSON that `python -m module arguments` prints; None where that fails.

    Where `file` remembers it, the module is not run. `depends_on`, made by `dependencies`, is what it is remembered by;
    where that is empty, it is not. With `remember` a new measurement is noted in the file. `build` raises an error of
    `records.OTHER_FORM` where JSON is none of its measurements. `words` are said before a new measurement is made.
    """
    measurements = records.read(file, partial(_checked, build), "it is measured again") or {}
    if depends_on in measurements:
        return build(measurements[depends_on])
    if words:
        console.inform(words)
    measured = _run(module, arguments)
    if remember and depends_on and measured is not None:
        with suppress(OSError):  # Where the cache may not be written to, the next survey measures again.
            records.write(file, measurements | {depends_on: measured})
    return None if measured is None else build(measured)


def dependencies(versions: Sequence[str | None], *more: Any) -> str:
    """Return a digest of the `versions` of libraries, of the processor and of `more`.

    It is an empty text where one of the versions is None, since that library is not installed.
    """
    if None in versions:
        return ""
    variables = sorted((name, value) for name, value in os.environ.items() if name.startswith(VARIABLES))
    machine = (environment.processor(), environment.instructions(), variables)
    return keys.digest(str([*versions, machine, twostream.__version__, *more]))


def run(module: str, request: Any) -> Any:
    """Return the JSON that `python -m module` prints of `request`, its argument as JSON; None where that fails."""
    return _run(module, [json.dumps(request)])


def _run(module: str, arguments: Sequence[str]) -> Any:
    library = str(Path(twostream.__file__).parents[1])
    code = (
        "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
        "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
    )
    command = [sys.executable, "-c", code, library, module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode else json.loads(done.stdout.splitlines()[-1])


def _checked(build: Callable[[Any], Any], measurements: dict[str, Any]) -> dict[str, Any]:
    for measured in measurements.values():
        build(measured)
    return measurements
