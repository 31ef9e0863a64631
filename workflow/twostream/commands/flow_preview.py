"""Show the flow of a video beside its frames: as colour, and u and v as they are stored."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twostream.compute import workers
from twostream.config import check
from twostream.errors import InputError
from twostream.flow import backends, preview
from twostream.flow.compute import load_solver
from twostream.flow.parameters import TVL1
from twostream.videos import probe


def main(arguments: Sequence[str]) -> None:
    chosen = _parser().parse_args(arguments)
    if chosen.out.suffix not in (".png", ".mp4"):
        raise InputError(f"{chosen.out}: a picture ends in .png, a video in .mp4: name one of them")
    if not chosen.video.is_file():
        raise InputError(f"{chosen.video}: there is no such file: give a video")
    settings = (check.load(chosen.configfile) if chosen.configfile else check.check({}))["flow"]
    parameters, solver = TVL1.from_settings(settings["tvl1"]), load_solver(backends.resolve(chosen.backend))
    shown = preview.some_pairs(chosen.video, settings["short_side"], chosen.pairs, parameters, solver)
    full = preview.longest(shown)
    if chosen.out.suffix == ".png":
        preview.write_picture(chosen.out, preview.draw(shown, settings["bound"], full))
    else:
        seen = probe.probe(chosen.video)
        every = preview.pairs(chosen.video, settings["short_side"], parameters, solver)
        pictures = (
            preview.draw([pair], settings["bound"], full)
            for pair in workers.progress(every, "flow-preview", "pair", seen.frames - 1)
        )
        preview.write_video(chosen.out, pictures, seen.fps)
    print(chosen.out)


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="twostream flow-preview", description=__doc__)
    made.add_argument("video", type=Path)
    made.add_argument("--out", type=Path, required=True, help="FILE.png: some pairs; FILE.mp4: all of them")
    made.add_argument("--pairs", type=int, default=4, choices=range(1, 21), metavar="1-20", help="in a picture")
    made.add_argument("--backend", choices=["auto", *backends.NAMES], default="auto")
    made.add_argument("--configfile", type=Path, help="whose flow settings are used; else the defaults")
    return made
