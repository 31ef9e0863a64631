"""Turn a score file of another system into HDF5 as dump_logits writes it, the videos in the order of a split's list."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from twostream import selected_on
from twostream.cache import keys
from twostream.config import check
from twostream.errors import InputError
from twostream.logits import logits_file, match
from twostream.videos import splits


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream import-scores", description=__doc__)
    made.add_argument("file", type=Path, help="pickle, npz, npy, csv or HDF5: docs/fusion.md says what may be in it")
    made.add_argument(
        "--splits", type=Path, required=True, help="folder of classInd.txt, trainlist0N.txt, testlist0N.txt"
    )
    made.add_argument("--split", type=int, default=1, help="its number")
    made.add_argument("--names", type=Path, help="a list of the videos in the order of a file that has no names")
    made.add_argument(
        "--summed", type=int, default=1, help="of how many samples the scores are sums; they are divided by it"
    )
    made.add_argument(
        "--chosen-on",
        choices=selected_on.EPOCH_SELECTED_ON,
        default=selected_on.UNKNOWN,
        help="what the epoch of their network was chosen on, where the file does not say",
    )
    made.add_argument("--out", type=Path, required=True, help="the file to write, .h5")
    chosen = made.parse_args(arguments)
    if chosen.summed < 1:
        raise InputError(f"--summed is {chosen.summed}: allowed is a whole number, at least 1")
    split = splits.read_lists(chosen.splits, chosen.split)
    pattern = check.check({})["index"]["group_pattern"]
    found, extra = match.match_videos(chosen.file, split, pattern, chosen.names)
    if extra:
        print(
            f"{chosen.file}: {len(extra)} videos are not on the test list and left out: {match.first_few(extra)}",
            file=sys.stderr,
        )
    scores = found.logits / chosen.summed
    came_from = {
        "imported": chosen.file.name,
        "digest": keys.file_digest(chosen.file),
        "summed": str(chosen.summed),
    }
    chosen_on = chosen.chosen_on if found.chosen_on == selected_on.UNKNOWN else found.chosen_on
    logits_file.write(chosen.out, replace(found, logits=scores, chosen_on=chosen_on), came_from)
    print(f"{chosen.out}: {scores.shape[0]} videos, {scores.shape[1]} samples, {scores.shape[2]} classes")
