"""List the cache: every stage's keys, what tells them apart, what they cost and who uses them.

A row of fuse or fusion_report is a run: it has the title of its report, the top-1 of its streams and of the fusion, and
the settings, of all that it rests on, in which it differs from the other runs.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from twostream import console, text
from twostream.cache import difference, provenance, stages, store
from twostream.cache.store import Entry
from twostream.commands import _cache
from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import comparison, derive

HEADING = ["stage", "key", "files", "size", "took", "last used", "used by", "result", "settings that differ"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the key to look at, and which cache."""
    parser.add_argument("key", nargs="?", help="show the provenance of this one; its first digits are enough")
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Print a table of the cache, or the provenance of one key."""
    use = _cache.cache_use(arguments)
    if arguments.key:
        _describe(store.find(use.root, arguments.key))
        return
    entries = store.entries(use.root)
    users = {other.project.name: {path.parent for path in other.artefacts} for other in use.others}
    users = {"this": {path.parent for path in use.artefacts}, **users}
    settings = {entry.folder: _settings(entry, entries) for entry in entries if entry.has_artefacts}
    rows = [_row(entry, users, _distinctive(entry, entries, settings)) for entry in entries]
    print(text.table([HEADING, *rows]))
    total, seconds = sum(entry.bytes for entry in entries), sum(entry.seconds for entry in entries)
    print(f"\n{text.counted(len(entries), 'key')}, {text.size(total)}, {text.duration(seconds)}")


def _describe(entry: Entry) -> None:
    """Print what made `entry`, and say where its page lies if it has one."""
    print(text.lines(json.dumps(provenance.read(entry.folder), indent=1, ensure_ascii=False)))
    page = (entry.folder / stages.FUSION_REPORT.artefact).with_suffix(".html")
    if entry.stage == stages.FUSION_REPORT.name and page.is_file():
        console.inform(f"its page: {page.resolve().as_uri()}")


def _row(entry: Entry, users: dict[str, set[Path]], settings: dict[str, object]) -> list[str]:
    return [
        entry.stage,
        entry.key,
        str(len(entry.artefacts)) if entry.has_artefacts else "unfinished",
        text.size(entry.bytes),
        text.duration(entry.seconds),
        time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used)),
        ", ".join(name for name, folders in users.items() if entry.folder in folders) or "-",
        _result(entry),
        yaml.safe_dump(settings, default_flow_style=True, sort_keys=False, width=10**6).strip() if settings else "",
    ]


def _result(entry: Entry) -> str:
    """Return the title of a run and the top-1 of its streams and of the fusion; empty where there is none to read."""
    if entry.stage not in comparison.FILES:
        return ""
    try:
        findings = atomic.read_json(entry.folder / comparison.FILES[entry.stage])
        rows = [(row["stream"], row["top1"]) for row in findings["streams"]]
        rows.append(("fused", derive.reported_row(findings)["top1"]))
        title = f"{findings['title']}: " if "title" in findings else ""
        return title + ", ".join(f"{name} {top1:.1f}" for name, top1 in rows)
    except (InputError, OSError, LookupError, TypeError, ValueError):
        return ""


def _settings(entry: Entry, entries: Sequence[Entry]) -> dict[str, object]:
    """Return the settings of `entry` by their dotted names and, of a run, those of all that it rests on."""
    own = dict(difference.leaves(entry.settings or {}))
    if entry.stage not in comparison.FILES:
        return own
    values: dict[str, list[object]] = {}
    for other in store.upstream(entry, entries):
        for name, value in difference.leaves(other.settings or {}):
            of_stage = values.setdefault(f"{other.stage}.{name}", [])
            if value not in of_stage:
                of_stage.append(value)
    return own | {name: many[0] if len(many) == 1 else sorted(many, key=str) for name, many in values.items()}


def _distinctive(entry: Entry, entries: Sequence[Entry], settings: dict[Path, dict[str, object]]) -> dict[str, object]:
    """Return those settings of `entry` that not all finished keys of its stage have in common."""
    others = [settings[other.folder] for other in entries if other.stage == entry.stage and other.folder in settings]
    own = settings.get(entry.folder, {})
    return {name: value for name, value in own.items() if any(other.get(name) != value for other in others)}
