"""Fuse the streams' scores in every way that is known, and say how good each is."""

from pathlib import Path

import numpy as np

from twostream.cache import provenance
from twostream.console import run
from twostream.files import atomic
from twostream.fusion import findings, stream_scores
from twostream.logits import logits_file
from twostream.steps._arguments import named_paths, parser
from twostream.videos import index


def main() -> None:
    made = parser(__doc__, "fusion")
    made.add_argument("--logits", nargs="+", required=True, metavar="STREAM=FILE")
    made.add_argument("--index", type=Path, help="index.json: how many videos of each class were trained on")
    made.add_argument("--threads", type=int, default=1)
    arguments = made.parse_args()
    files = named_paths(arguments.logits)
    inputs = [*files.values(), *([arguments.index] if arguments.index else [])]
    provenance.check(*inputs)
    with provenance.recorded("fuse", arguments.out, arguments.settings, inputs) as wanted:
        if not wanted:
            return
        streams = {name: logits_file.read(file) for name, file in files.items()}
        counts = None
        if arguments.index:
            there = index.read(arguments.index)
            counts = np.bincount([video.label for video in there.subset("train")], minlength=len(there.class_names))
        gathered = stream_scores.gather(streams, files, counts)
        atomic.write_json(arguments.out, findings.find(gathered, arguments.settings, arguments.threads))


if __name__ == "__main__":
    run(main)
