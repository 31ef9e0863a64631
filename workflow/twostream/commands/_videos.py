"""The options of the commands that take videos without labels: which ones, by which model, and on what."""

import argparse
from pathlib import Path

from twostream.predict.videos import Options


def add_videos(parser: argparse.ArgumentParser) -> None:
    """Add the videos and the model."""
    parser.add_argument(
        "videos", nargs="+", metavar="VIDEO", help="a video, a folder, or a pattern such as 'new/*.mp4'"
    )
    parser.add_argument("--model", type=Path, help="a file of twostream export; default: that of the project here")
    parser.add_argument("--configfile", type=Path, help="the project's configuration; default: the last run's")


def add_compute(parser: argparse.ArgumentParser, batch: str) -> None:
    """Add the device and how much of the machine is used; `batch` says what a batch is of."""
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto: a GPU if there is one")
    parser.add_argument("--threads", type=_positive, default=64, help="at most so many")
    parser.add_argument("--batch", type=_positive, default=8, help=batch)


def compute(arguments: argparse.Namespace) -> Options:
    """Return the options that `add_compute` has added."""
    return Options(device=arguments.device, threads=arguments.threads, batch=arguments.batch)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(text)
