"""Remove from the cache what no kept configuration uses. Nothing is removed without --yes.

Kept is what the last run in this folder used, or with --configfile what these configurations use; and,
in a cache that several projects share, what the last runs in their folders used, whether these are there or not:
a disk may not be mounted. --forget names a project that is gone.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twostream import text
from twostream.cache import store, usage
from twostream.cache.store import Removal
from twostream.cache.usage import Use
from twostream.commands import _cache
from twostream.errors import InputError

REMEDY = "run the workflow in that project again, or delete this file where there is none any more"
"""What helps where a project's note is damaged."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to remove, and which cache."""
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    parser.add_argument(
        "--forget",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="projects that are gone: keep nothing for them",
    )
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """List what nothing uses, and with --yes remove it."""
    use = _cache.cache_use(arguments, complete=True)
    gone = [project.absolute() for project in arguments.forget]
    others = _others(use.others, gone)
    with usage.keep_runs_out(use.root):
        kept = use.artefacts.union(*(other.artefacts for other in others))
        removals = list(store.removals(use.root, kept))
        print(text.table([["stage", "key", "what", "size", "took"], *(_row(removal) for removal in removals)]))
        unknown = usage.damaged_notes(use.root)
        if unknown:
            print(f"\nnothing is removed: {unknown[0]} is damaged, and what its project uses is not known; {REMEDY}")
            return
        total = text.size(sum(removal.bytes for removal in removals))
        if not arguments.yes:
            print(f"\n{total} in {len(removals)} keys are used by nothing: --yes removes them")
            return
        for removal in removals:
            store.remove(removal)
        for project in gone:
            usage.forget(use.root, project)
        print(f"\n{total} in {len(removals)} keys removed")


def _others(others: Sequence[Use], gone: Sequence[Path]) -> list[Use]:
    """Return the `others` for which the cache is kept; say which are not there, InputError where one is not known."""
    unknown = [project for project in gone if project not in {use.project for use in others}]
    if unknown:
        known = ", ".join(str(use.project) for use in others) or "there is none"
        raise InputError(f"--forget {unknown[0]}", "no such project uses the cache", f"choose one of them: {known}")
    left = [use for use in others if use.project not in gone]
    for use in left:
        if not use.is_there:
            print(f"{use.project}: is not there now; what it used is kept, unless you give --forget {use.project}")
    return left


def _row(removal: Removal) -> list[str]:
    entry = removal.entry
    what = ("all" if entry.has_artefacts else "unfinished") if removal.whole else f"{len(removal.paths)} files"
    return [entry.stage, entry.key, what, text.size(removal.bytes), text.duration(entry.seconds)]
