"""Write the trained streams and their fusion as one file, which `twostream predict --model` takes anywhere."""

import argparse
import shutil
from pathlib import Path

from twostream.commands import _extras, _outputs, _project
from twostream.files import atomic
from twostream.predict import container, model
from twostream.text import size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to write."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the file to write, such as actions.twostream")
    parser.add_argument("--onnx", type=Path, metavar="FOLDER", help="write each stream as ONNX, too, into this folder")
    parser.add_argument("--configfile", type=Path, help="the project's configuration; default: the last run's")
    parser.add_argument("--force", action="store_true", help="write over a file that is no model")


def main(arguments: argparse.Namespace) -> None:
    """Write the file, and print its card."""
    out: Path = arguments.out
    _check(out, arguments.onnx, arguments.force)
    source = _project.model_of(_project.find(arguments.configfile, _project.RUN_FIRST))
    loaded = model.load(source)
    with atomic.replacing(out) as beside:
        shutil.copyfile(source, beside)
    files = [out]
    if arguments.onnx:
        from twostream.predict import onnx_file

        for name, stream in loaded.streams.items():
            files.append(arguments.onnx / f"{name}.onnx")
            onnx_file.write(files[-1], stream)
    print(loaded.card)
    for file in files:
        print(f"{file}: {size(file.stat().st_size)}")


def _check(out: Path, onnx: Path | None, force: bool) -> None:
    """Raise InputError where a file could not be written or, without `force`, another one would be lost."""
    _outputs.check_file(str(out), out, force, _outputs.zip_with(container.HEAD), "no model")
    _outputs.check_folder(out.parent, "OUT")
    if onnx:
        _outputs.check_folder(onnx, "--onnx")
        _extras.check("--onnx", "onnxscript", "onnx")
