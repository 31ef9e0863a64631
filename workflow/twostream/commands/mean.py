"""Average the reports of several runs, of other seeds or splits: mean and standard deviation of each row."""

import argparse
import json
from pathlib import Path

from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import average, derive, page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the reports and where to write their mean."""
    parser.add_argument("reports", type=Path, nargs="+", help="report.json or fusion_report.json of each run")
    parser.add_argument("--out", type=Path, required=True, help="folder to write report.html and report.json to")


def main(arguments: argparse.Namespace) -> None:
    """Write the mean as a page and as JSON."""
    report = average.mean([_read(file) for file in arguments.reports], [str(file) for file in arguments.reports])
    atomic.write_json(arguments.out / "report.json", report)
    atomic.write_text(arguments.out / "report.html", page.render_mean(report))
    best = report["fusion"][0]
    numbers = f"top-1 {best['top1']:.3f} +- {best['top1_sd']:.3f}{derive.caveat(best)}"
    print(f"{arguments.out / 'report.html'}: {best['strategy']}: {numbers}")


def _read(file: Path) -> average.Run:
    """Return the report in `file`; raise InputError where it lacks the rows that are averaged."""
    try:
        run: average.Run = json.loads(file.read_text(encoding="utf-8"))
        _ = run["streams"][0]["top1"], run["fusion"][0]["top1"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(file, "is not a report of ours", "give the report.json of a run") from error
    return run
