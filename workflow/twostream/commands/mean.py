"""Average the reports of several runs, of other seeds or splits: mean and standard deviation of each row."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twostream.commands import _outputs
from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import average, derive, likeness, page
from twostream.text import printable

FIGURES = ("top1", "top5", "mean_class_accuracy")
"""Percentages of every row."""
STREAM = {"stream": str, "split": str}
FUSION = {"strategy": str, "selected_on": str, "streams": list, "params": dict}
"""What a row says besides, and as what."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the reports and where to write their mean."""
    parser.add_argument("reports", type=Path, nargs="+", help="report.json or fusion_report.json of each run")
    parser.add_argument("--out", type=Path, required=True, help="folder to write report.html and report.json to")
    anyway = "average runs that differ in more than seed or split, too; the page says in what"
    parser.add_argument("--anyway", action="store_true", help=anyway)
    _outputs.add_force(parser)


def main(arguments: argparse.Namespace) -> None:
    """Write the mean as a page and as JSON."""
    _outputs.check_report(arguments.out, arguments.force, arguments.reports)
    names = [str(file) for file in arguments.reports]
    report = average.mean([_read(file) for file in arguments.reports], names, arguments.anyway)
    atomic.write_json(arguments.out / "report.json", report)
    atomic.write_text(arguments.out / "report.html", page.render_mean(report, _pages(arguments.reports, arguments.out)))
    best = report["fusion"][0]
    numbers = f"top-1 {best['top1']:.3f} +- {best['top1_sd']:.3f}{derive.caveat(best)}"
    for row in report["differs"]:
        print(printable(f"differs: {row['setting']}: {', '.join(map(str, row['values']))}"))
    print(printable(f"{arguments.out / 'report.html'}: {best['strategy']}: {numbers}"))


def _pages(reports: Sequence[Path], out: Path) -> dict[str, str]:
    """Return the address of the page beside each of the `reports` that has one, as a link in a page in `out`."""
    pages = {str(file): file.with_suffix(".html") for file in reports}
    return {name: quote(os.path.relpath(file, out)) for name, file in pages.items() if file.is_file()}


def _read(file: Path) -> average.Run:
    """Return the report in `file`; raise InputError where it lacks the rows that are averaged."""
    try:
        run: average.Run = json.loads(file.read_text(encoding="utf-8"))
        _check(run["streams"], STREAM)
        _check(run["fusion"], FUSION)
        likeness.differences([run])  # A damaged report fails here.
        run["class_names"] = [str(name) for name in run.get("class_names", [])]
    except (OSError, ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(file, "is not a report of ours", "give the report.json of a run") from error
    return run


def _check(rows: Sequence[Mapping[str, Any]], form: Mapping[str, type]) -> None:
    """Raise ValueError, KeyError or TypeError where there are no `rows`, or one is of another `form`."""
    for row in rows:
        has_form = all(isinstance(row[name], kind) for name, kind in form.items())
        if not has_form or not all(0 <= row[name] <= 100 for name in FIGURES):
            raise ValueError("a row of another form")
    if not rows:
        raise ValueError("no rows")
