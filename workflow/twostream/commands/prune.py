"""Remove from the cache what no kept configuration uses. Nothing is removed without --yes.

Kept is what the last run in this folder used, or with --configfile what these configurations use; and,
in a cache that several projects share, what the last runs in their folders used, whether these are there or not:
a disk may not be mounted. --forget names a project that is gone.

With KEY, that key alone goes, and what only it used: a run has the keys that `twostream ls` shows of fusion_report.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twostream import text
from twostream.cache import store, usage
from twostream.cache.store import Removal
from twostream.cache.usage import Use
from twostream.commands import _cache
from twostream.commands._cache import CacheUse
from twostream.errors import InputError

REMEDY = (
    "run the workflow in its project again; give --configfile if that is this one, and --forget FOLDER, or delete this "
    "file, if it is gone"
)
"""What helps where a project's note does not tell."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to remove, and which cache."""
    parser.add_argument("key", nargs="?", help="remove this one and what only it used; its first digits are enough")
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
    """List what nothing uses, or what one key alone uses, and with --yes remove it."""
    use = _cache.cache_use(arguments, complete=not arguments.key)
    gone = [project.absolute() for project in arguments.forget]
    others = _others(use, gone)
    with usage.keep_runs_out(use.root):
        removals = _of_key(use, others, arguments.key) if arguments.key else _unused(use, others)
        print(text.table([["stage", "key", "what", "size", "took"], *(_row(removal) for removal in removals)]))
        unknown = usage.but_for(use.unknown, gone)
        if unknown:
            print(f"\nnothing is removed: {unknown[0]} is damaged, and what its project uses is not known; {REMEDY}")
            return
        if arguments.key and not removals:
            print("\nnothing is removed")
            return
        total = text.size(sum(removal.bytes for removal in removals))
        if not arguments.yes:
            unused = "" if arguments.key else f" {text.are(len(removals))} used by nothing"
            print(f"\n{total} in {text.counted(len(removals), 'key')}{unused}: --yes removes them")
            return
        for removal in removals:
            store.remove(removal)
        for project in gone:
            usage.forget(use.root, project)
        print(f"\n{total} in {text.counted(len(removals), 'key')} removed")


def _unused(use: CacheUse, others: Sequence[Use]) -> list[Removal]:
    return list(store.removals(use.root, use.artefacts.union(*(other.artefacts for other in others))))


def _of_key(use: CacheUse, others: Sequence[Use], key: str) -> list[Removal]:
    """Return the removals of the key that begins with `key` and of what only it used; print why other keys stay.

    What the last run in this folder used stays, but for that key itself.
    """
    entries = store.entries(use.root)
    target = store.find(use.root, key)
    users = {other.project.name: {path.parent for path in other.artefacts} for other in others}
    users["the last run in this folder"] = {path.parent for path in use.artefacts} - {target.folder}
    going = [target, *reversed(store.upstream(target, entries))]
    stays = store.still_used(going, entries, users)
    for entry in going:
        if entry.folder in stays:
            print(text.printable(f"{entry.stage} {entry.key} stays: {stays[entry.folder]} uses it"))
    return [Removal(entry, (entry.folder,), whole=True) for entry in going if entry.folder not in stays]


def _others(use: CacheUse, gone: Sequence[Path]) -> list[Use]:
    """Return the other projects for which the cache is kept; say which are not there.

    InputError where one of those that are `gone` has no note in the cache.
    """
    for project in gone:
        if (
            project not in {other.project for other in use.others}
            and usage.but_for(use.unknown, [project]) == use.unknown
        ):
            names = ", ".join(str(other.project) for other in use.others) or "there is none"
            raise InputError(f"--forget {project}", "no such project uses the cache", f"choose one of them: {names}")
    others = [other for other in use.others if other.project not in gone]
    for other in others:
        if not other.is_there:
            problem = f"is not there now; what it used is kept, unless you give --forget {other.project}"
            print(text.printable(f"{other.project}: {problem}"))
    return others


def _row(removal: Removal) -> list[str]:
    entry = removal.entry
    what = (
        ("all" if entry.has_artefacts else "unfinished") if removal.whole else text.counted(len(removal.paths), "file")
    )
    return [entry.stage, entry.key, what, text.size(removal.bytes), text.duration(entry.seconds)]
