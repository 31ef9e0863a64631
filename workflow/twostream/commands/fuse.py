"""Fuse streams from their score files and write report.html and report.json; no network is run."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twostream.config import check, schema, section
from twostream.errors import InputError
from twostream.files import atomic
from twostream.fusion import findings, stream_scores
from twostream.fusion.settings import FusionSettings
from twostream.logits import match
from twostream.report import average, derive, numbers, page
from twostream.report.contents import Report
from twostream.report.made_by import made_by
from twostream.videos import splits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scores",
        action="append",
        required=True,
        metavar="STREAM=FILE",
        help="once a stream; {split} in the path is its number",
    )
    parser.add_argument(
        "--splits", type=Path, required=True, help="folder of classInd.txt, trainlist0N.txt, testlist0N.txt"
    )
    parser.add_argument(
        "--split", type=int, nargs="+", default=[1], help="its number; of several, the mean is reported"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--config", type=Path, help="a YAML file whose section `fusion` says what is tried")
    parser.add_argument("--threads", type=int, default=64, help="at most")


def main(arguments: argparse.Namespace) -> None:
    settings = check.load(arguments.config) if arguments.config else check.check({})
    files = _files(arguments.scores)
    if len(set(arguments.split)) > 1 and not all("{split}" in file for file in files.values()):
        raise InputError("--split: with several splits, each --scores path must hold {split}, the split's number")
    split_numbers = list(dict.fromkeys(arguments.split))
    several = len(split_numbers) > 1
    pages = []
    for number in split_numbers:
        paths = {name: Path(file.replace("{split}", str(number))) for name, file in files.items()}
        pages.append(_fuse(paths, arguments.splits, number, settings, arguments.threads))
        _write(pages[-1], arguments.out / f"split{number:02d}" if several else arguments.out, page.render)
    if several:
        _write(average.mean(pages, [f"split {number}" for number in split_numbers]), arguments.out, page.render_mean)


def _files(pairs: Sequence[str]) -> dict[str, str]:
    named = [pair.partition("=") for pair in pairs]
    wrong = next((pair for pair, (name, _, file) in zip(pairs, named, strict=True) if not name or not file), None)
    if wrong is not None:
        raise InputError(f"--scores {wrong}: STREAM=FILE is expected, as in spatial=scores.pickle")
    twice = [name for name, count in Counter(name for name, _, _ in named).items() if count > 1]
    if twice:
        raise InputError(f"--scores: the stream `{twice[0]}` is given twice: give each stream a name of its own")
    return {name: file for name, _, file in named}


def _fuse(files: dict[str, Path], folder: Path, number: int, settings: schema.Settings, threads: int) -> Report:
    split = splits.read_lists(folder, number)
    pattern = settings["index"]["group_pattern"]
    matched = {name: match.match_videos(file, split, pattern) for name, file in files.items()}
    for name, (_, extra) in matched.items():
        if extra:
            print(
                f"{files[name]}: {len(extra)} videos are not on the test list and left out: {match.first_few(extra)}",
                file=sys.stderr,
            )
    train = [split.label_of[video] for video, side in split.subset_of.items() if side == "train"]
    counts = np.bincount(train, minlength=len(split.class_names))
    gathered = stream_scores.gather({name: found for name, (found, _) in matched.items()}, files, counts)
    found = findings.find(gathered, section.pick(FusionSettings, settings["fusion"]), threads)
    report = numbers.of_findings(f"Fusion of {', '.join(files)}, split {number}", found)
    report["scores"] = {
        name: {"file": file.name, "videos": len(matched[name][0].video_id), "extra": len(matched[name][1])}
        for name, file in files.items()
    }
    report["videos"] = {
        "classes": len(split.class_names),
        "train": len(train),
        "test": len(gathered.labels),
        "unlisted": max(len(extra) for _, extra in matched.values()),
        "bad": [],
    }
    report["config"] = {"fusion": settings["fusion"]}
    report["made_by"] = made_by()
    return report


def _write(report: Any, folder: Path, render: Any) -> None:
    atomic.write_json(folder / "report.json", report)
    atomic.write_text(folder / "report.html", render(report))
    best = report["fusion"][0]
    told = f"top-1 {best['top1']:.3f}, top-5 {best['top5']:.3f}{derive.caveat(best)}"
    print(f"{folder / 'report.html'}: {best['strategy']}: {told}")
