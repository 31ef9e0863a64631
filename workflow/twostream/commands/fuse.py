"""Fuse streams from their score files and write report.html and report.json; no network is run."""

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from twostream import console, text
from twostream.commands import _outputs, _scores
from twostream.config import check, section
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.files import atomic
from twostream.fusion import findings, notices, parts, stream_scores
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.logits.logits_file import Logits
from twostream.logits.match import Match
from twostream.report import average, checks, derive, gains, numbers, page
from twostream.report.contents import Check, Report, ScoresRow, VideosSummary
from twostream.report.made_by import made_by
from twostream.videos import split_lists
from twostream.videos.splits import Split


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is the same for each split: where its lists are, if there are any, and how its streams are fused.

    The streams that are `trusted` are fused though their classes seem to be in another order than the lists'.
    """

    splits: Path | None
    modalities: dict[str, str]
    classes: dict[str, Path]
    trusted: list[str]
    settings: Settings
    threads: int
    out: Path


@dataclass(frozen=True)
class Source:
    """The scores to fuse, and what the report says of their files, of the videos and of the lists."""

    streams: StreamScores
    rows: dict[str, ScoresRow]
    videos: VideosSummary
    checks: list[Check]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the streams' files, the splits and how to fuse."""
    files = "a stream and its scores; {split} in the path stands for the split's number"
    parser.add_argument("--scores", action="append", required=True, metavar="STREAM=FILE", help=files)
    modality = (
        "what a stream sees, rgb, rgb_diff or flow, where its file does not say; without, a stream called spatial "
        "or rgb sees rgb, one called temporal or flow sees flow"
    )
    parser.add_argument("--modality", action="append", default=[], metavar="STREAM=MODALITY", help=modality)
    _scores.add_classes(parser)
    trust = "fuse a stream though its classes seem to be in another order than the lists'"
    parser.add_argument("--trust", action="append", default=[], metavar="STREAM", help=trust)
    _scores.add_split_arguments(parser, "; without, the files are the workflow's own, which say what is tested")
    numbers = "the split's number; of several, the mean is reported too"
    parser.add_argument("--split", type=int, nargs="+", default=[1], help=numbers)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    _outputs.add_force(parser)
    parser.add_argument("--config", type=Path, help="a YAML file whose section `fusion` says what is tried")
    parser.add_argument("--threads", type=int, default=64, help="at most so many")


def main(arguments: argparse.Namespace) -> None:
    """Write a report for each split and, of several, one of their mean."""
    try:
        _fuse_splits(arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(console.BEGINS_ANEW) from None


def _fuse_splits(arguments: argparse.Namespace) -> None:
    files = _scores.pairs("--scores", arguments.scores, "spatial=scores.pickle")
    split_numbers = list(dict.fromkeys(arguments.split))
    _check_files(files, split_numbers)
    options = _options(arguments, list(files))
    folders = {number: _folder(options.out, number, len(split_numbers)) for number in split_numbers}
    for folder in {options.out, *folders.values()}:
        _outputs.check_report(folder, arguments.force)
    reports = []
    for number in split_numbers:
        paths = {name: Path(file.replace("{split}", str(number))) for name, file in files.items()}
        reports.append(_fuse(paths, number, options))
        _write(reports[-1], folders[number], page.render)
        if parts.is_interrupted(reports[-1].get("left_out", [])):
            raise KeyboardInterrupt
    if len(reports) > 1:
        pages = {f"split {number}": f"{_split_folder(number)}/report.html" for number in split_numbers}
        mean = average.mean(reports, list(pages))
        _write(mean, arguments.out, partial(page.render_mean, pages=pages))


def _folder(out: Path, number: int, count: int) -> Path:
    """Return the folder of the split with this `number`, of so many."""
    return out if count == 1 else out / _split_folder(number)


def _split_folder(number: int) -> str:
    return f"split{number:02d}"


def _options(arguments: argparse.Namespace, streams: Sequence[str]) -> Options:
    """Return what `arguments` say of the `streams`; InputError where they name others."""
    return Options(
        splits=arguments.splits,
        modalities=_scores.modalities(arguments.modality, streams),
        classes=_scores.class_lists(arguments.classes, streams),
        trusted=_scores.trusted(arguments.trust, streams),
        settings=check.load(arguments.config) if arguments.config else check.check({}),
        threads=arguments.threads,
        out=arguments.out,
    )


def _check_files(files: dict[str, str], split_numbers: Sequence[int]) -> None:
    for name, file in files.items():
        if len(split_numbers) > 1 and "{split}" not in file:
            problem = "is the same for several splits"
            raise InputError(f"--scores {name}={file}", problem, "give a path with {split} in place of the number")


def _fuse(files: dict[str, Path], number: int, options: Options) -> Report:
    """Return the report of the split with this `number`; without lists, of that in the files themselves."""
    source = _of_lists(files, number, options) if options.splits else _of_files(files, options)
    settings = section.pick(FusionSettings, options.settings["fusion"])
    fused = findings.find(source.streams, settings, options.threads, keep_on_interrupt=True)
    for line in notices.lines(fused):
        print(line, file=sys.stderr)
    report = numbers.of_findings(_title(files, number, options), fused)
    report["scores"] = source.rows
    report["videos"] = source.videos
    report["checks"] = source.checks
    report["config"] = {"fusion": options.settings["fusion"]}
    report["made_by"] = made_by() | {"command": shlex.join(["twostream", *sys.argv[1:]])}
    return report


def _of_lists(files: dict[str, Path], number: int, options: Options) -> Source:
    """Return the scores of the test videos of a split of the lists."""
    assert options.splits
    split = split_lists.read(options.splits, number)
    matches = {name: _read(name, file, split, options) for name, file in files.items()}
    streams = {name: match.logits for name, match in matches.items()}
    train = [split.label_of[video] for video, subset in split.subset_of.items() if subset == "train"]
    counts = np.bincount(train, minlength=len(split.class_names))
    gathered = stream_scores.gather(streams, files, counts, next(iter(matches.values())).grouping)
    _scores.check_order(gathered.without(options.trusted), files, matches, options.out)
    videos: VideosSummary = {
        "classes": len(split.class_names),
        "train": len(train),
        "test": len(gathered.labels),
        "unlisted": max(len(match.extra) for match in matches.values()),
        "bad": [],
        "split_by": f"split {number} of the lists in {options.splits.resolve().name}",
    }
    rows = {name: _scores_row(files[name], match) for name, match in matches.items()}
    list_checks = checks.of_lists(split, options.settings["index"]["group_pattern"])
    return Source(streams=gathered, rows=rows, videos=videos, checks=list_checks)


def _of_files(files: dict[str, Path], options: Options) -> Source:
    """Return the scores of the workflow's own files, which say which videos are tested, and their classes."""
    streams = {name: _scores.read_own(file) for name, file in files.items()}
    streams = {name: _scores.with_modality(logits, name, options.modalities) for name, logits in streams.items()}
    gathered = stream_scores.gather(streams, files)
    trained = [logits.training.summary["training_videos"] for logits in streams.values() if logits.training]
    videos: VideosSummary = {
        "classes": len(gathered.class_name),
        "test": int(gathered.is_test.sum()),
        "unlisted": 0,
        "bad": [],
        "split_by": "the split that the files of scores have",
    }
    if trained:
        videos["train"] = max(trained)
    rows: dict[str, ScoresRow] = {name: _own_row(files[name], logits) for name, logits in streams.items()}
    return Source(streams=gathered, rows=rows, videos=videos, checks=[])


def _title(files: dict[str, Path], number: int, options: Options) -> str:
    """Return the title of the settings, if they have one of their own, or what is fused."""
    title = str(options.settings["report"]["title"])
    of_split = f", split {number}" if options.splits else ""
    is_own = title != check.check({})["report"]["title"]
    return f"{title}{of_split}" if is_own else f"Fusion of {', '.join(files)}{of_split}"


def _read(name: str, file: Path, split: Split, options: Options) -> Match:
    """Return the scores of the stream `name`, with its modality."""
    match = _scores.read(file, split, options.settings["index"]["group_pattern"], classes=options.classes.get(name))
    return replace(match, logits=_scores.with_modality(match.logits, name, options.modalities))


def _scores_row(file: Path, match: Match) -> ScoresRow:
    row = _own_row(file, match.logits)
    row["extra"] = len(match.extra)
    if match.remarks:
        row["remarks"] = match.remarks
    return row


def _own_row(file: Path, logits: Logits) -> ScoresRow:
    """Return what a report says of a file of scores, and of the training of its network where that is known."""
    row: ScoresRow = {"file": file.name, "videos": len(logits.video_id), "extra": 0}
    if logits.training:
        row["made_from"] = dict(logits.training.summary)
    return row


def _write(report: Any, folder: Path, render: Callable[[Any], str]) -> None:
    atomic.write_json(folder / "report.json", report)
    atomic.write_text(folder / "report.html", render(report))
    best = report["fusion"][0]
    numbers = f"top-1 {best['top1']:.3f}, top-5 {best['top5']:.3f}{derive.caveat(best)}"
    print(f"{folder / 'report.html'}: {best['strategy']}: {numbers}")
    if "ci95" in best:
        low, high = best["ci95"]
        counts = f"{text.counted(best['videos'], 'video')} of {text.counted(best['recordings'], 'recording')}"
        print(f"95 % interval {low:.1f} to {high:.1f}, of {counts}")
    for line in (*report.get("notes", []), *gains.lines(report)):
        print(line)
