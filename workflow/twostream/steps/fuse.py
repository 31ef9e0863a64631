"""Fuse the streams' scores in every way that is known, and say how good each is."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.cache import provenance, rates
from twostream.cache.stages import FUSE
from twostream.compute import workers
from twostream.config import section
from twostream.console import run
from twostream.files import atomic
from twostream.forecast import basis
from twostream.fusion import findings, notices, stream_scores
from twostream.fusion.settings import FusionSettings
from twostream.logits import logits_file
from twostream.report import derive
from twostream.steps import _arguments
from twostream.videos import index
from twostream.videos.index import Index
from twostream.videos.recordings import FROM_FILE


def main() -> None:
    """Write what fusion finds, and how good it is."""
    parser = _arguments.parser(__doc__, FUSE.section)
    parser.add_argument("--logits", nargs="+", required=True, metavar="STREAM=FILE")
    parser.add_argument("--index", type=Path, help="the index: how many videos of each class were trained on")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    files = _arguments.named_paths(arguments.logits)
    inputs = [*files.values(), *([arguments.index] if arguments.index else [])]
    provenance.check_whole(*inputs)

    def write() -> None:
        measured = rates.Measurement()
        catalogue = index.read(arguments.index) if arguments.index else None
        counts = _training_videos(catalogue) if catalogue else None
        grouping = catalogue.account.grouping if catalogue else FROM_FILE
        streams = {name: logits_file.read(file) for name, file in files.items()}
        scores = stream_scores.gather(streams, files, counts, grouping)
        settings = section.pick(FusionSettings, arguments.settings)
        fused = findings.find(scores, settings, arguments.threads)
        for line in notices.lines(fused):
            print(f"twostream: {line}")
        atomic.write_json(arguments.out, fused)
        units = sum(part.size for part in scores.samples)
        name = basis.fusion(arguments.settings)
        measured.note(arguments.out, name, units=units, stored=1, threads=workers.cores(arguments.threads))
        best = derive.reported_row(fused)
        print(f"twostream: {best['strategy']}, selected on: {best['selected_on']}: top-1 {best['top1']:.1f} %")

    provenance.produce(FUSE, arguments.out, arguments.settings, inputs, write)


def _training_videos(catalogue: Index) -> NDArray[np.int64]:
    """Return the number of training videos (classes,) of each class."""
    return np.bincount([video.label for video in catalogue.subset("train")], minlength=len(catalogue.class_names))


if __name__ == "__main__":
    run(main)
