"""Say which settings make two keys of a stage differ, back to the first cause."""

import argparse

from twostream import text
from twostream.cache import difference, store
from twostream.commands import _cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two keys."""
    parser.add_argument("before", help="a key of the cache; its first digits are enough")
    parser.add_argument("after", help="another key, of the same stage")
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Print a table of the settings that differ."""
    root = _cache.cache_use(arguments).root
    before, after = (store.find(root, key) for key in (arguments.before, arguments.after))
    differences = difference.between(before.folder, after.folder)
    if differences:
        rows = [[each.stage, each.setting, str(each.before), str(each.after)] for each in differences]
        print(text.table([["stage", "setting", before.key, after.key], *rows]))
    elif before == after:
        print("they are one key")
    else:
        print("no setting differs: other videos, labels or split lists")
