"""Put the features of all streams where a user finds them: results/features/STREAM.h5, and .npz."""

import argparse
import os
import shutil
from pathlib import Path

from twostream import console
from twostream.cache import provenance
from twostream.console import run
from twostream.files import atomic
from twostream.logits import features_file
from twostream.steps import _arguments


def main() -> None:
    """Link each stream's file, and write it as .npz where that is not of the same file already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, metavar="NAME=PATH", help="the files of the streams")
    parser.add_argument("--folder", type=Path, required=True, help="where to put them")
    arguments = parser.parse_args()
    for name, file in _arguments.named_paths(arguments.features).items():
        provenance.check_whole(file)
        out = arguments.folder / f"{name}.h5"
        _link(file, out)
        _write_npz(file, out.with_suffix(".npz"))
        console.inform(f"features of {name}: {out} and {out.with_suffix('.npz')}")


def _link(file: Path, out: Path) -> None:
    """Let `out` be a link to `file`, or a copy where the file system has no links."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(out) as beside:
        try:
            beside.symlink_to(os.path.relpath(file.resolve(), out.parent.resolve()))
        except OSError:
            shutil.copyfile(file, beside)


def _write_npz(file: Path, out: Path) -> None:
    source = "/".join(file.parts[-3:])
    if features_file.npz_source(out) != source:
        features_file.write_npz(out, features_file.read(file), source)


if __name__ == "__main__":
    run(main)
