"""Put cached results side by side: which settings differ, and what that did to the numbers, with paired tests."""

import argparse
from pathlib import Path

from twostream.cache import store
from twostream.commands import _cache, _outputs
from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import comparison, derive, page
from twostream.report.comparison import ComparedFusion
from twostream.text import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the keys to compare and where to write the page."""
    keys = "keys of fuse or fusion_report, first the one that the others are compared with; twostream ls lists them"
    parser.add_argument("keys", nargs="+", help=keys)
    out = "the page to write; its numbers are written beside it"
    parser.add_argument("--out", type=Path, default=Path("comparison.html"), help=out)
    _outputs.add_force(parser)
    _cache.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Write the page and its numbers, and print a line for each result but the first."""
    numbers = _numbers_file(arguments.out, arguments.force)
    root = _cache.cache_use(arguments).root
    entries = {entry.key: entry for entry in (store.find(root, key) for key in arguments.keys)}
    if len(entries) < 2:
        raise InputError("report", "there is one key only", "give at least two to compare")
    compared = comparison.compare([comparison.read(entry) for entry in entries.values()])
    atomic.write_json(numbers, compared)
    atomic.write_text(arguments.out, page.render_comparison(compared))
    for row in compared["results"][1:]:
        print(_line(row, compared["results"][0]))
    for setting in compared["settings"]:
        values = ", ".join(str(setting[key]) for key in compared["keys"])
        of_stream = f" of {setting['stream']}" if setting["stream"] else ""
        print(printable(f"{setting['stage']}: {setting['setting']}{of_stream}: {values}"))
    print(arguments.out)


def _line(row: ComparedFusion, first: ComparedFusion) -> str:
    """Return the change of a result against the `first` one, on how many videos, and whether it is chance."""
    tests = [(row.get("p_recordings"), "by recording"), (row.get("p"), "by McNemar's test")]
    tested = [f"p {p:.2g} {how}" for p, how in tests if p is not None]
    totals = dict.fromkeys([first["videos"], row["videos"]])
    of = "" if [*totals] == [row["common"]] else f" (of {' and '.join(map(str, totals))})"
    change = f"{row['change']:+.3f} against {first['key']} on {row['common']} common videos{of}"
    return ", ".join([f"{row['key']}: top-1 {row['top1']:.3f}{derive.caveat(row)}, {change}", *tested])


def _numbers_file(page: Path, force: bool) -> Path:
    """Return the file of the numbers beside the `page`; InputError where one of them cannot be written.

    Without `force` too where it would replace a file of another kind.
    """
    if page.suffix == ".json":
        raise InputError(f"--out {page}", "is where the page's numbers are written", "give the page another suffix")
    _outputs.check_page("--out", page, force)
    numbers = page.with_suffix(".json")
    is_comparison = _outputs.json_with("keys", "results")
    _outputs.check_file(f"--out {numbers}", numbers, force, is_comparison, "something else than a comparison")
    _outputs.check_folder(page.parent)
    return numbers
