"""Remove from the cache what no kept configuration uses. Nothing is removed without --yes.

Kept is what the last run in this folder used, or with --configfile what these configurations use; and,
in a cache that several projects share, what the last runs in their folders used.
"""

import argparse

from twostream import text
from twostream.cache import store, usage
from twostream.cache.store import Removal
from twostream.commands import _cache

REMEDY = "run the workflow in that project again, or delete this file where there is none any more"
"""What helps where a project's note is damaged."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to remove, and which cache."""
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """List what nothing uses, and with --yes remove it."""
    use = _cache.cache_use(arguments, complete=True)
    with usage.keep_runs_out(use.root):
        kept = use.artefacts.union(*(other.artefacts for other in use.others))
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
        print(f"\n{total} in {len(removals)} keys removed")


def _row(removal: Removal) -> list[str]:
    entry = removal.entry
    what = ("all" if entry.has_artefacts else "unfinished") if removal.whole else f"{len(removal.paths)} files"
    return [entry.stage, entry.key, what, text.size(removal.bytes), text.duration(entry.seconds)]
