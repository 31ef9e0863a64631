"""Answer videos without labels: the most probable classes of each, by all streams and by each alone."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twostream import console
from twostream.commands import _annotate, _extras, _outputs, _project, _videos, _windows
from twostream.compute.failures import explain_failures
from twostream.errors import InputError
from twostream.files import atomic
from twostream.predict import inputs, model, stored, tables, videos, window_tables
from twostream.predict.answers import Answer, Failure
from twostream.predict.long_videos import LongAnswer
from twostream.text import are, counted

if TYPE_CHECKING:
    from twostream.predict.page import Films

PAGES = (".html", ".htm")
"""Suffixes of pages."""
Result = Answer | LongAnswer | Failure
Results = list[Result]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the videos, the model, and where to write."""
    _videos.add_videos(parser)
    parser.add_argument("--out", type=Path, default=Path("predictions"), help="folder to write the answers to")
    parser.add_argument("--report", type=Path, help="a page to write too, HTML: a film of each video, and bars")
    _outputs.add_force(parser)
    _videos.add_compute(parser, "videos, or windows, that the networks score together")
    _windows.add_arguments(parser)
    parser.add_argument(
        "--annotate", type=Path, metavar="OUT.mp4", help="write the video with its labels; of several, a folder of them"
    )


def main(arguments: argparse.Namespace) -> None:
    """Print the answers and write them; InputError at the end where a video has none."""
    windows = _windows.parse(arguments)
    paths = inputs.find(arguments.videos)
    _check_tables(arguments.out, arguments.force)
    annotated = _annotate.targets(arguments.annotate, paths, arguments.force)
    _check_report(arguments.report, arguments.force)
    file = arguments.model or _project.model_of(_project.find(arguments.configfile))
    loaded = model.load(file)
    if arguments.model and arguments.configfile:
        planned = _project.find(arguments.configfile, f"give no --configfile, or {_project.RUN_FIRST}")
        _project.check_classes(planned, loaded.class_names, file)
    options = _videos.compute(arguments)
    films = _films(loaded) if arguments.report else None
    results = _answer(paths, loaded, options, films, windows)
    _show(results, loaded, arguments.out, stored.describe(loaded, file), windows is not None)
    if films:
        _write_page(arguments.report, results, loaded, films)
    unwritten = _annotate.write(annotated, paths, results, loaded.class_names)
    _check_all(results, unwritten)


def _check_tables(folder: Path, force: bool) -> None:
    """Raise InputError where the answers could not be written or, without `force`, would replace other files."""
    kinds = (_outputs.starts_with("video,", ",class_1,"), _outputs.json_with("model", "class_names", "videos"))
    for name, is_ours in zip(tables.NAMES, kinds, strict=True):
        path = folder / name
        _outputs.check_file(f"--out {path}", path, force, is_ours, "something else than answers")
    _outputs.check_folder(folder)


def _check_report(report: Path | None, force: bool) -> None:
    """Raise InputError where the page could not be written or, without `force`, would replace another file."""
    if report and report.is_dir():
        raise InputError(f"--report {report}", "is a folder", "give the name of a file in it")
    if report and report.suffix.lower() not in PAGES:  # It may be a video that was meant to be answered.
        raise InputError(f"--report {report}", "is no name of a page", f"give one that ends with {PAGES[0]}")
    if report:
        _outputs.check_page("--report", report, force)
        _outputs.check_folder(report.parent, "--report")
        _extras.check("--report", "altair", "report")


def _check_all(results: Results, unwritten: int) -> None:
    """Raise InputError where a video has no answer, or was not written."""
    failures = sum(isinstance(result, Failure) for result in results)
    if unwritten:
        problem = f"{counted(unwritten, 'video')} could not be written, as said above"
        raise InputError(_annotate.OPTION, problem, "choose another folder")
    if failures:
        problem = f"{counted(failures, 'video')} of {len(results)} could not be answered, as said above"
        raise InputError("predict", problem, "give whole videos in their place")


def _show(results: Results, loaded: model.Model, out: Path, described: Mapping[str, Any], by_window: bool) -> None:
    """Print the answers, of windows or of whole videos, and write them into the folder `out`."""
    names = loaded.class_names
    if by_window:
        windows = [each for each in results if not isinstance(each, Answer)]
        table, write = window_tables.table(windows, names), partial(window_tables.write, out, windows)
    else:
        whole = [each for each in results if not isinstance(each, LongAnswer)]
        table, write = tables.table(whole, names), partial(tables.write, out, whole)
    if table:
        print(table)
    for path in write(names, described):
        print(path)


def _answer(
    paths: Sequence[Path],
    loaded: model.Model,
    options: videos.Options,
    films: "Films | None",
    windows: _windows.Windows | None,
) -> Results:
    """Return the answers; `films` are drawn of the videos if there is to be a page."""
    results: Results = []
    with explain_failures("lower --batch, or give --device cpu"):
        if windows:
            answered: Iterator[Result] = _windows.answer(paths, loaded, options, windows)
        else:
            answered = videos.videos(paths, loaded, options, films.look if films else None)
        for result in answered:
            _warn(result)
            results.append(result)
    return results


def _films(loaded: model.Model) -> "Films":
    from twostream.predict import page  # It needs the libraries of reports, which answers do not.

    return page.Films(loaded.settings["flow"]["bound"])


def _write_page(report: Path, results: Results, loaded: model.Model, films: "Films") -> None:
    from twostream.predict import page

    atomic.write_text(report, page.render(results, loaded.class_names, films, loaded.card, loaded.digest))
    print(report)


def _warn(result: Result) -> None:
    if isinstance(result, Failure):
        console.warn(result.video, result.reason)
        return
    if isinstance(result, LongAnswer):
        _windows.warn(result)
    elif result.damaged:
        console.warn(result.video, f"{counted(result.damaged, 'frame')} of it {are(result.damaged)} corrupt or lost")
    if result.trained_on:
        console.warn(result.video, f"{' and '.join(result.trained_on)} were trained on this very video")
