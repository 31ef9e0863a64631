"""A result is not replaced by the demo's because `--configfile` was forgotten."""

import json
from collections.abc import Callable
from pathlib import Path

from twostream.errors import InputError
from twostream.plan import Plan
from twostream.text import printable


def check(planned: Plan, last: Path, ask: Callable[[str], str] | None) -> None:
    """Raise InputError where `planned` is the demo, which nobody asked for, and `last` is the configuration of videos.

    On a terminal `ask` puts the question to the user, who may want the demo all the same.
    """
    folder = _folder(last) if planned.is_demo else None
    if folder is None:
        return
    problem = f"no configuration is given, and the demo's result would replace that of {printable(folder)}"
    if ask and _agrees(ask, f"twostream: {problem}. Go on with the demo? [y/N] "):
        return
    remedy = "give --configfile and the file of these videos, or --configfile config.yaml for the demo"
    raise InputError(last.parent, problem, remedy)


def _folder(last: Path) -> str | None:
    """Return the data set's folder in the configuration `last`, None where there is none, or none that can be read."""
    try:
        folder = json.loads(last.read_bytes())["dataset"]["folder"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return None if folder is None else str(folder)


def _agrees(ask: Callable[[str], str], question: str) -> bool:
    try:
        return ask(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
