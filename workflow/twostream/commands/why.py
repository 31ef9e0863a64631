"""Say which settings make two keys of a stage differ, back to the first cause."""

import argparse
from collections.abc import Sequence

from twostream import text
from twostream.cache import difference, store
from twostream.commands import _cache


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream why", description=__doc__)
    made.add_argument("before", help="a key of the cache; its first digits are enough")
    made.add_argument("after", help="another key, of the same stage")
    _cache.add_arguments(made)
    chosen = made.parse_args(arguments)
    root = _cache.wanted(chosen).root
    before, after = (store.find(root, key) for key in (chosen.before, chosen.after))
    found = difference.between(before.folder, after.folder)
    if found:
        rows = [[each.stage, each.setting, str(each.before), str(each.after)] for each in found]
        print(text.table([["stage", "setting", before.key, after.key], *rows]))
    elif before == after:
        print("they are one key")
    else:
        print("no setting differs: other videos, labels or split lists")
