"""What the commands that look at the cache share: which cache, and what of it is in use."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream import console, plan
from twostream.cache import usage
from twostream.cache.heal import heal
from twostream.cache.usage import Use
from twostream.config import check
from twostream.errors import InputError
from twostream.plan import Plan


@dataclass(frozen=True)
class CacheUse:
    """A cache: the artefacts that this project's configurations use, the use of other projects, and damaged notes.

    `unknown` are the damaged notes, from which nobody can tell what a project uses; without the note of this project
    where configurations are given.
    """

    root: Path
    artefacts: frozenset[Path]
    others: tuple[Use, ...]
    unknown: tuple[Path, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which cache, and by which configurations."""
    parser.add_argument("--configfile", type=Path, nargs="+", default=[], help="instead of the last run's settings")
    parser.add_argument("--cache-root", type=Path, help="the cache, where no configuration names it; default: results")


def cache_use(arguments: argparse.Namespace, complete: bool = False) -> CacheUse:
    """Return what of the cache is in use; InputError where that must be `complete` and is not known."""
    here = Path.cwd().resolve()
    plans = [plan.make(check.load(path)) for path in arguments.configfile]
    for planned in plans:
        heal(planned.artefacts)
    root = _root(plans, arguments.cache_root)
    notes = usage.read_notes(root)
    unknown = usage.but_for(notes.unknown, [here])
    if plans:
        artefacts = [path for planned in plans for path in _artefacts(planned, complete)]
    else:
        last = notes.of(here)
        if complete and not last and unknown == notes.unknown:
            remedy = "give --configfile, or run the workflow first"
            raise InputError(root, "no run in this folder has used it", remedy)
        artefacts = list(last.artefacts) if last else []
        unknown = notes.unknown
    others = tuple(use for use in notes.users if use.project != here)
    return CacheUse(root, frozenset(artefacts), others, unknown)


def _root(plans: list[Plan], root: Path | None) -> Path:
    roots = {planned.root for planned in plans} or {root or Path("results")}
    if len(roots) > 1:
        problem = f"the configurations have several caches: {', '.join(map(str, sorted(roots)))}"
        raise InputError("--configfile", problem, "run the command once for each cache")
    return roots.pop()


def _artefacts(planned: Plan, complete: bool) -> Iterator[Path]:
    if complete and not planned.index.is_file():
        raise InputError(planned.index, "does not exist yet, so its artefacts are unknown", "run the workflow first")
    yield from planned.artefacts
    predict = planned.settings["predict"]
    if planned.index.is_file() and predict["folder"] is not None:
        from twostream.predict import shards  # It needs what decodes videos, which looking at the cache does not.

        try:
            names = shards.find(Path(predict["folder"]), predict["shards"])
            yield from shards.answers(planned.root, planned.full.model, names)
        except InputError as error:
            console.warn(error.args[0], f"{error.args[1]}: all answers of its model count as used")
            yield from shards.stored(planned.root, planned.full.model)
