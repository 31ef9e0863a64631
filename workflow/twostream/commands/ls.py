"""List the cache: every stage's keys, what settings tell them apart, what they cost and who uses them."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from twostream import text
from twostream.cache import difference, provenance, store
from twostream.cache.store import Entry
from twostream.commands import _cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the key to look at, and which cache."""
    parser.add_argument("key", nargs="?", help="show the provenance of this one; its first digits are enough")
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Print a table of the cache, or the provenance of one key."""
    use = _cache.cache_use(arguments)
    if arguments.key:
        record = provenance.read(store.find(use.root, arguments.key).folder)
        print(text.lines(json.dumps(record, indent=1, ensure_ascii=False)))
        return
    entries = store.entries(use.root)
    users = {other.project.name: {path.parent for path in other.artefacts} for other in use.others}
    users = {"this": {path.parent for path in use.artefacts}, **users}
    heading = ["stage", "key", "files", "size", "took", "last used", "used by", "settings that differ"]
    rows = [_row(entry, users, _distinctive(entry, entries)) for entry in entries]
    print(text.table([heading, *rows]))
    total = sum(entry.bytes for entry in entries)
    print(f"\n{len(entries)} keys, {text.size(total)}, {text.duration(sum(entry.seconds for entry in entries))}")


def _row(entry: Entry, users: dict[str, set[Path]], settings: dict[str, object]) -> list[str]:
    return [
        entry.stage,
        entry.key,
        str(len(entry.artefacts)) if entry.has_artefacts else "unfinished",
        text.size(entry.bytes),
        text.duration(entry.seconds),
        time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used)),
        ", ".join(name for name, folders in users.items() if entry.folder in folders) or "-",
        yaml.safe_dump(settings, default_flow_style=True, sort_keys=False, width=10**6).strip() if settings else "",
    ]


def _distinctive(entry: Entry, entries: Sequence[Entry]) -> dict[str, object]:
    """Return those settings of `entry` that not all keys of its stage have in common."""
    others = [dict(difference.leaves(other.settings)) for other in entries if other.stage == entry.stage]
    own = dict(difference.leaves(entry.settings or {}))
    return {name: value for name, value in own.items() if any(other.get(name) != value for other in others)}
