"""Answer videos without labels: the most probable classes of each, by all streams and by each alone."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twostream import console
from twostream.commands import _project, _scores
from twostream.compute.failures import explain_failures
from twostream.errors import InputError
from twostream.files import atomic
from twostream.predict import inputs, model, stored, tables, videos
from twostream.predict.answers import Answer, Failure
from twostream.text import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the videos, the model, and where to write."""
    parser.add_argument(
        "videos", nargs="+", metavar="VIDEO", help="a video, a folder, or a pattern such as 'new/*.mp4'"
    )
    parser.add_argument("--model", type=Path, help="a file of twostream export; default: that of the project here")
    parser.add_argument("--configfile", type=Path, help="the project's configuration; default: the last run's")
    parser.add_argument("--out", type=Path, default=Path("predictions"), help="folder to write the answers to")
    parser.add_argument("--report", type=Path, help="a page to write too, HTML: a film of each video, and bars")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto: a GPU if there is one")
    parser.add_argument("--threads", type=int, default=64, help="at most so many")
    parser.add_argument("--batch", type=int, default=8, help="videos that the networks score together")


def main(arguments: argparse.Namespace) -> None:
    """Print the answers and write them; InputError at the end where a video has none."""
    paths = inputs.find(arguments.videos)
    _scores.check_folder(arguments.out)
    if arguments.report and arguments.report.is_dir():
        raise InputError(f"--report {arguments.report}", "is a folder", "give the name of a file in it")
    file = arguments.model or _project.model_of(_project.find(arguments.configfile))
    loaded = model.load(file)
    if arguments.model and arguments.configfile:
        _project.check_classes(_project.find(arguments.configfile), loaded.class_names, file)
    options = videos.Options(device=arguments.device, threads=arguments.threads, batch=max(1, arguments.batch))
    results = _answer(paths, loaded, options, arguments.report)
    if table := tables.table(results, loaded.class_names):
        print(table)
    for path in tables.write(arguments.out, results, loaded.class_names, stored.describe(loaded, file)):
        print(path)
    if arguments.report:
        print(arguments.report)
    failures = sum(isinstance(result, Failure) for result in results)
    if failures:
        problem = f"{counted(failures, 'video')} of {len(results)} could not be answered, as said above"
        raise InputError("predict", problem, "give whole videos in their place")


def _answer(
    paths: Sequence[Path], loaded: model.Model, options: videos.Options, report: Path | None
) -> list[Answer | Failure]:
    """Return the answers, and write the page `report` if there is to be one."""
    films = None
    if report:
        from twostream.predict import page  # It needs the libraries of reports, which answers do not.

        films = page.Films(loaded.settings["flow"]["bound"])
    results: list[Answer | Failure] = []
    with explain_failures("lower --batch, or give --device cpu"):
        for result in videos.videos(paths, loaded, options, films.look if films else None):
            _warn(result)
            results.append(result)
    if report and films:
        atomic.write_text(report, page.render(results, loaded.class_names, films, loaded.card, loaded.digest))
    return results


def _warn(result: Answer | Failure) -> None:
    if isinstance(result, Failure):
        console.warn(result.video, result.reason)
        return
    if result.damaged:
        console.warn(result.video, f"{counted(result.damaged, 'frame')} of it are corrupt or lost")
    if result.trained_on:
        console.warn(result.video, f"{' and '.join(result.trained_on)} were trained on this very video")
