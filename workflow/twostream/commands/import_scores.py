"""Turn a score file of another system into HDF5 as dump_logits writes it, the videos in the order of a split's list."""

import argparse
from dataclasses import replace
from pathlib import Path

from twostream import selected_on, text
from twostream.cache import keys
from twostream.commands import _outputs, _scores
from twostream.config import check
from twostream.errors import InputError
from twostream.logits import logits_file
from twostream.videos import split_lists


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file, the split whose videos it scores, and what the file itself does not say."""
    parser.add_argument("file", type=Path, help="pickle, npz, npy, csv or HDF5: docs/fusion.md says what may be in it")
    _scores.add_split_arguments(parser)
    parser.add_argument("--split", type=int, default=1, help="the split's number")
    parser.add_argument("--names", type=Path, help="a list of the videos in the order of a file that has no names")
    parser.add_argument("--classes", type=Path, help="a list of the classes in the order of the file's columns")
    summed = "how many samples each score is the sum of; scores are divided by it"
    parser.add_argument("--summed", type=int, default=1, help=summed)
    chosen_on = "on which videos the network's epoch was selected, where the file does not say"
    default = selected_on.UNKNOWN
    parser.add_argument("--chosen-on", choices=selected_on.EPOCH_SELECTED_ON, default=default, help=chosen_on)
    modality = "what the network sees, where the file does not say"
    parser.add_argument("--modality", choices=logits_file.MODALITIES, help=modality)
    parser.add_argument("--out", type=Path, required=True, help="the file to write, .h5")
    _outputs.add_force(parser)


def main(arguments: argparse.Namespace) -> None:
    """Write the file and print how many scores it has."""
    if arguments.summed < 1:
        raise InputError("--summed", f"is {arguments.summed}", "set it to a whole number, at least 1")
    _scores.check_out(arguments.out, arguments.force)
    split = split_lists.read(arguments.splits, arguments.split)
    pattern = check.check({})["index"]["group_pattern"]
    scores = _scores.read(arguments.file, split, pattern, arguments.names, arguments.classes).logits
    logits = scores.logits / arguments.summed
    provenance = {
        "imported": arguments.file.name,
        "digest": keys.file_digest(arguments.file),
        "summed": str(arguments.summed),
    }
    chosen_on = arguments.chosen_on if scores.chosen_on == selected_on.UNKNOWN else scores.chosen_on
    modality = arguments.modality or scores.modality
    logits_file.write(arguments.out, replace(scores, logits=logits, chosen_on=chosen_on, modality=modality), provenance)
    counts = map(text.counted, logits.shape, ("video", "sample", "class"))
    print(f"{arguments.out}: {', '.join(counts)}")
