"""Answer videos without labels: the most probable classes of each, by all streams and by each alone."""

import argparse
from pathlib import Path

from twostream import console
from twostream.commands import _project, _scores
from twostream.compute.failures import explain_failures
from twostream.errors import InputError
from twostream.predict import inputs, model, tables, videos
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
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto: a GPU if there is one")
    parser.add_argument("--threads", type=int, default=64, help="at most so many")
    parser.add_argument("--batch", type=int, default=8, help="videos that the networks score together")


def main(arguments: argparse.Namespace) -> None:
    """Print the answers and write them; InputError at the end where a video has none."""
    paths = inputs.find(arguments.videos)
    _scores.check_folder(arguments.out)
    file = arguments.model or _project.model_of(_project.find(arguments.configfile))
    loaded = model.load(file)
    options = videos.Options(device=arguments.device, threads=arguments.threads, batch=max(1, arguments.batch))
    results: list[Answer | Failure] = []
    with explain_failures("lower --batch, or give --device cpu"):
        for result in videos.videos(paths, loaded, options):
            _warn(result)
            results.append(result)
    if table := tables.table(results, loaded.class_names):
        print(table)
    described = {"file": str(file), "digest": loaded.digest, **loaded.provenance}
    for path in tables.write(arguments.out, results, loaded.class_names, described):
        print(path)
    failures = sum(isinstance(result, Failure) for result in results)
    if failures:
        problem = f"{counted(failures, 'video')} of {len(results)} could not be answered, as said above"
        raise InputError("predict", problem, "give whole videos in their place")


def _warn(result: Answer | Failure) -> None:
    if isinstance(result, Failure):
        console.warn(result.video, result.reason)
        return
    if result.damaged:
        console.warn(result.video, f"{counted(result.damaged, 'frame')} of it are corrupt or lost")
    if result.trained_on:
        console.warn(result.video, f"{' and '.join(result.trained_on)} were trained on this very video")
