"""What the commands that look at the cache share: which cache, and what of it is wanted."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream import plan
from twostream.cache import usage
from twostream.cache.usage import Use
from twostream.config import check
from twostream.errors import InputError


@dataclass(frozen=True)
class Wanted:
    """A cache, what of it the asked-for configurations use, and what other projects use."""

    root: Path
    artefacts: frozenset[Path]
    others: tuple[Use, ...]


def add_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--configfile", type=Path, nargs="+", default=[], help="instead of the last run's settings")
    made.add_argument("--cache-root", type=Path, help="as compute.cache_root, where no configuration tells it")


def wanted(chosen: argparse.Namespace, complete: bool = False) -> Wanted:
    """What `chosen` says is wanted; InputError where that is not known and has to be `complete`."""
    here = Path.cwd().resolve()
    plans = [plan.make(check.load(path)) for path in chosen.configfile]
    roots = {made.root for made in plans} or {chosen.cache_root or Path("results")}
    if len(roots) > 1:
        raise InputError(f"the configurations have several caches: {', '.join(map(str, sorted(roots)))}: give one each")
    root = roots.pop()
    others = tuple(use for use in usage.users(root) if use.project != here)
    if plans:
        artefacts = [path for made in plans for path in _artefacts(made, complete)]
    else:
        last = usage.last_use(root, here)
        if complete and not last:
            raise InputError(f"{root}: no run in this folder has used it: give --configfile, or run the workflow first")
        artefacts = list(last.artefacts) if last else []
    return Wanted(root, frozenset(artefacts), others)


def _artefacts(made: plan.Plan, complete: bool) -> Iterator[Path]:
    if complete and not made.index.is_file():
        raise InputError(f"{made.index} is not there yet, and what it leads to not known: run the workflow first")
    return made.artefacts
