"""Show the flow of a video beside its frames: as colour, and u and v as they are stored."""

import argparse
from pathlib import Path

from twostream.commands import _outputs
from twostream.compute import workers
from twostream.config import check
from twostream.errors import InputError
from twostream.flow import backends, preview
from twostream.flow.compute import load
from twostream.videos import probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the video, the file to write and how to compute the flow."""
    parser.add_argument("video", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="FILE.png: some pairs; FILE.mp4: all of them")
    _outputs.add_force(parser)
    parser.add_argument("--pairs", type=int, default=4, choices=range(1, 21), metavar="1-20", help="in a picture")
    parser.add_argument("--backend", choices=["auto", *backends.NAMES], help="else the configuration's, or auto")
    parser.add_argument("--configfile", type=Path, help="whose flow settings are used; else the defaults")


def main(arguments: argparse.Namespace) -> None:
    """Write a picture of some pairs of frames, or a video of all of them."""
    if arguments.out.suffix not in (".png", ".mp4"):
        raise InputError(arguments.out, "is neither a picture, .png, nor a video, .mp4", "give a name that ends so")
    if not arguments.video.is_file():
        raise InputError(arguments.video, "does not exist", "give a video")
    _outputs.check_pictures(f"--out {arguments.out}", arguments.out, [arguments.video], arguments.force)
    _outputs.check_folder(arguments.out.parent)
    settings = (check.load(arguments.configfile) if arguments.configfile else check.check({}))["flow"]
    backend = arguments.backend or (settings["backend"] if arguments.configfile else "auto")
    engine = load(settings | {"backend": backends.resolve(backend)})
    examples = preview.some_pairs(arguments.video, settings["short_side"], arguments.pairs, engine)
    full = preview.longest(examples)
    if arguments.out.suffix == ".png":
        preview.write_picture(arguments.out, preview.draw(examples, settings["bound"], full))
    else:
        probed = probe.probe(arguments.video)
        pairs = preview.pairs(arguments.video, settings["short_side"], engine)
        pictures = (
            preview.draw([pair], settings["bound"], full)
            for pair in workers.progress(pairs, "flow-preview", "pair", probed.frames - 1)
        )
        preview.write_film(arguments.out, pictures, probed.fps)
    print(arguments.out)
