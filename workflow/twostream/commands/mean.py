"""Average the reports of several runs, of other seeds or splits: mean and standard deviation of each row."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from twostream.errors import InputError
from twostream.files import atomic
from twostream.report import average, derive, page


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream mean", description=__doc__)
    made.add_argument("reports", type=Path, nargs="+", help="report.json or fusion_report.json of each run")
    made.add_argument("--out", type=Path, required=True, help="folder to write report.html and report.json to")
    chosen = made.parse_args(arguments)
    report = average.mean([_read(file) for file in chosen.reports], [str(file) for file in chosen.reports])
    atomic.write_json(chosen.out / "report.json", report)
    atomic.write_text(chosen.out / "report.html", page.render_mean(report))
    best = report["fusion"][0]
    told = f"top-1 {best['top1']:.3f} +- {best['top1_sd']:.3f}{derive.caveat(best)}"
    print(f"{chosen.out / 'report.html'}: {best['strategy']}: {told}")


def _read(file: Path) -> average.Run:
    try:
        run: average.Run = json.loads(file.read_text(encoding="utf-8"))
        _ = run["streams"][0]["top1"], run["fusion"][0]["top1"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{file}: not a report of ours: give the report.json of a run") from error
    return run
