"""Write what the networks' classifiers see of videos without labels, as HDF5 and as .npz, a file of each a stream."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twostream import console
from twostream.commands import _outputs, _project, _videos
from twostream.compute.failures import explain_failures
from twostream.errors import InputError
from twostream.logits import features_file
from twostream.predict import features, inputs, model
from twostream.predict.answers import Failure
from twostream.predict.features import Row
from twostream.predict.model import Model
from twostream.text import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the videos, the model, and where to write."""
    _videos.add_videos(parser)
    parser.add_argument("--out", type=Path, default=Path("features"), help="folder to write STREAM.h5 and .npz to")
    parser.add_argument("--precision", choices=["float32", "float16"], default="float32", help="of the features")
    _outputs.add_force(parser)
    _videos.add_compute(parser, "videos that the networks see together")


def main(arguments: argparse.Namespace) -> None:
    """Write the features; InputError at the end where a video has none."""
    paths = inputs.find(arguments.videos)
    _outputs.check_folder(arguments.out)
    loaded = model.load(arguments.model or _project.model_of(_project.find(arguments.configfile)))
    _check_files(arguments.out, loaded, arguments.force)
    options = _videos.compute(arguments)
    rows: list[Row] = []
    with explain_failures("lower --batch, or give --device cpu"):
        for row in features.rows(paths, loaded, options):
            if isinstance(row, Failure):
                console.warn(row.video, row.reason)
            else:
                rows.append(row)
    if rows:
        _write(arguments.out, loaded, rows, arguments.precision)
    failures = len(paths) - len(rows)
    if failures:
        problem = f"{counted(failures, 'video')} of {len(paths)} could not be read, as said above"
        raise InputError("features", problem, "give whole videos in their place")


def _check_files(folder: Path, loaded: Model, force: bool) -> None:
    """Raise InputError where, without `force`, other files would be lost that have the names of streams."""
    kinds = {".h5": _outputs.read_by(features_file.read), ".npz": _outputs.zip_with("features.npy")}
    for name in loaded.streams:
        for suffix, is_ours in kinds.items():
            path = folder / f"{name}{suffix}"
            _outputs.check_file(f"--out {path}", path, force, is_ours, "something else than features")


def _write(folder: Path, loaded: Model, rows: Sequence[Row], precision: str) -> None:
    """Write the features of each stream into `folder`, and print where they are."""
    for name in loaded.streams:
        gathered = features.gather(loaded, name, rows)
        classifier = gathered.classifier_weight, gathered.classifier_bias
        path = folder / f"{name}.h5"
        features_file.write(path, gathered, gathered.features, classifier, precision)
        features_file.write_npz(path.with_suffix(".npz"), features_file.read(path), loaded.digest)
        shape = " x ".join(map(str, gathered.features.shape))
        print(f"{path} and {path.with_suffix('.npz')}: {shape} (videos, samples, features)")
