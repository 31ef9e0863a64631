"""Turn a score file of another system into HDF5 as dump_logits writes it, the videos in the order of a split's list."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from twostream import selected_on
from twostream.cache import keys
from twostream.config import check
from twostream.errors import InputError
from twostream.logits import logits_file, match
from twostream.videos import splits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="pickle, npz, npy, csv or HDF5: docs/fusion.md says what may be in it")
    parser.add_argument(
        "--splits", type=Path, required=True, help="folder of classInd.txt, trainlist0N.txt, testlist0N.txt"
    )
    parser.add_argument("--split", type=int, default=1, help="its number")
    parser.add_argument("--names", type=Path, help="a list of the videos in the order of a file that has no names")
    parser.add_argument(
        "--summed", type=int, default=1, help="of how many samples the scores are sums; they are divided by it"
    )
    parser.add_argument(
        "--chosen-on",
        choices=selected_on.EPOCH_SELECTED_ON,
        default=selected_on.UNKNOWN,
        help="what the epoch of their network was chosen on, where the file does not say",
    )
    parser.add_argument("--out", type=Path, required=True, help="the file to write, .h5")


def main(arguments: argparse.Namespace) -> None:
    if arguments.summed < 1:
        raise InputError(f"--summed is {arguments.summed}: allowed is a whole number, at least 1")
    split = splits.read_lists(arguments.splits, arguments.split)
    pattern = check.check({})["index"]["group_pattern"]
    found, extra = match.match_videos(arguments.file, split, pattern, arguments.names)
    if extra:
        print(
            f"{arguments.file}: {len(extra)} videos are not on the test list and left out: {match.first_few(extra)}",
            file=sys.stderr,
        )
    scores = found.logits / arguments.summed
    came_from = {
        "imported": arguments.file.name,
        "digest": keys.file_digest(arguments.file),
        "summed": str(arguments.summed),
    }
    chosen_on = arguments.chosen_on if found.chosen_on == selected_on.UNKNOWN else found.chosen_on
    logits_file.write(arguments.out, replace(found, logits=scores, chosen_on=chosen_on), came_from)
    print(f"{arguments.out}: {scores.shape[0]} videos, {scores.shape[1]} samples, {scores.shape[2]} classes")
