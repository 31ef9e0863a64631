"""What the steps that make a shard share: everything but what is made of a video."""

import socket
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py

from twostream import console, text
from twostream.cache import provenance, rates
from twostream.cache.stages import EXTRACT_FRAMES, Stage
from twostream.compute import cluster, workers
from twostream.errors import InputError
from twostream.forecast import amounts, basis
from twostream.stacks import shards
from twostream.steps import _arguments
from twostream.videos import fingerprint, index, sharding
from twostream.videos.index import Video

WriteVideo = Callable[[Path, dict[str, Any], Video, h5py.Group], None]


def shard_parser(description: str | None, stage: Stage) -> ArgumentParser:
    """Return a parser of the arguments of `stage`, which makes a shard."""
    parser = _arguments.parser(description, stage.section)
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument("--folder", type=Path, required=True, help="of the data set")
    parser.add_argument("--shard", required=True, help="the shard's name, number-digest")
    parser.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    _arguments.add_decoder(parser)
    _arguments.add_workers(parser)
    return parser


def make(
    stage: Stage,
    arguments: Namespace,
    write_video: WriteVideo,
    more: Mapping[str, Any] | None = None,
    videos_a_core: int = 1,
) -> None:
    """Fill the shard that the `arguments` of `stage` name with `write_video`, `videos_a_core` at once on each core.

    `more` are the settings besides the stage's section that the shard is made with, for the record.
    """
    decoder = fingerprint.take()
    fingerprint.check(arguments.decoder, decoder.bits)
    manifest = _manifest(arguments.index, arguments.shard, arguments.shards)
    videos = manifest[arguments.shard]
    fill = partial(
        shards.fill,
        arguments.out,
        videos,
        _writer(arguments, write_video, decoder.bits),
        workers=videos_a_core * workers.cores(arguments.workers),
        scheduler=arguments.scheduler,
        # What the present index calls as it was called lies under its name: only other shards can have another one.
        outdated=[file for file in sorted(arguments.out.parent.glob("*.h5")) if file.stem not in manifest],
    )
    settings = arguments.settings | dict(more or {}) | {"decoder": decoder.bits}
    write = partial(_fill, stage, arguments, videos, fill)
    provenance.produce(stage, arguments.out, settings, [arguments.index], write)


def _writer(arguments: Namespace, write_video: WriteVideo, bits: str) -> Callable[[Video, h5py.Group], None]:
    """Return `write_video` of the folder and settings of `arguments`, for workers of a cluster where it names one."""
    if not cluster.is_address(arguments.scheduler):
        return partial(write_video, arguments.folder, arguments.settings)
    return partial(_write_as_here, bits, write_video, arguments.folder.absolute(), arguments.settings)


@contextmanager
def naming_machine() -> Iterator[None]:
    """Enclose what a worker of a cluster checks of its machine: an InputError names the machine."""
    try:
        yield
    except InputError as error:
        thing, problem, _ = error.args
        remedy = "run the workers on machines with one kind of processor and the same versions of av, OpenCV and torch"
        raise InputError(f"{thing} of the worker on {socket.gethostname()}", problem, remedy) from error


def _write_as_here(
    bits: str, write_video: WriteVideo, folder: Path, settings: dict[str, Any], entry: Video, group: h5py.Group
) -> None:
    """Do as `write_video` on a worker; InputError where it does not decode to the `bits` of the job's machine."""
    with naming_machine():
        fingerprint.check(bits, fingerprint.of_process().bits)
    write_video(folder, settings, entry, group)


def _fill(stage: Stage, arguments: Namespace, videos: Sequence[Video], fill: Callable[[], list[Video]]) -> None:
    """Fill the shard of `arguments` with its `videos`, and say what was done."""
    measured = rates.Measurement()
    written = fill()
    if not cluster.is_address(arguments.scheduler):  # What a cluster takes says nothing of this machine.
        _note(measured, stage, arguments, videos, written)
    size = arguments.out.stat().st_size
    counts = f"{text.counted(len(videos), 'video')}, {text.counted(sum(video.frames for video in videos), 'frame')}"
    before = len(videos) - len(written)
    held = f", {before:,} of them stored before" if before else ""
    console.inform(f"{counts}{held}: {text.size(size)} in {text.duration(measured.seconds)}")


def _note(
    measured: rates.Measurement, stage: Stage, arguments: Namespace, videos: Sequence[Video], written: Sequence[Video]
) -> None:
    """Remember what it took to write those of `videos` that were `written`."""
    settings = arguments.settings
    is_rgb = stage is EXTRACT_FRAMES
    amount = amounts.of_frames if is_rgb else partial(amounts.of_flow, step=settings["step"])
    measured.note(
        arguments.out,
        basis.frames(settings) if is_rgb else basis.flow(settings, arguments.device),
        units=amount([written], settings["short_side"]).units,
        stored=amount([videos], settings["short_side"]).stored,
        threads=workers.cores(arguments.workers),
    )


def _manifest(file: Path, shard: str, count: int) -> dict[str, list[Video]]:
    """Return the videos of each of `count` shards: a command line could not hold them. InputError without `shard`."""
    provenance.check_whole(file)
    manifest = sharding.shards(index.read(file).videos, count)
    if shard not in manifest:
        raise InputError(file, f"there is no shard {shard}", f"choose one of {', '.join(manifest)}")
    return manifest
