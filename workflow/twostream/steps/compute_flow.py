"""Compute the optical flow of the videos of a shard."""

from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import h5py

from twostream.cache import keys, provenance
from twostream.cache.stages import COMPUTE_FLOW, IMPORT_FLOW
from twostream.compute import cluster
from twostream.console import run
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow import backends, fingerprint
from twostream.flow.compute import compute_stored
from twostream.stacks import codecs
from twostream.steps import _shard
from twostream.videos import decode, flow_step
from twostream.videos.index import Video
from twostream.videos.size import scaled_size

VIDEOS_A_CORE = 2
"""With torch: while one is stored, another one is decoded, so that the device does not wait."""


def write_flow(
    device: str,
    batch: int,
    deinterlace: bool,
    folder: Path,
    settings: dict[str, Any],
    entry: Video,
    group: h5py.Group,
) -> None:
    """Write the flow (2, height, width) of the video `entry` to `group`, quantised.

    `deinterlace` is the setting of `frames`.
    """
    frames = decode.decode(folder / entry.file, settings["short_side"], deinterlace, entry.digest, entry.part)
    step = flow_step.within(entry.frames, settings["step"])
    stored = compute_stored(islice(frames, 0, None, step), settings, device, batch)
    codecs.write(group, stored, flow_step.fields(entry.frames, step), settings["codec"], settings["quality"])
    if step != 1:
        group.attrs["step"] = step
    group.attrs["bound"] = settings["bound"]
    group.attrs["width"], group.attrs["height"] = scaled_size(entry.width, entry.height, settings["short_side"])
    name = backends.section(settings["backend"])
    hdf5.write_text_attrs(group, **{"backend": settings["backend"], name: keys.canonical(settings[name])})


def _refuse_import(arguments: Namespace) -> None:
    raise InputError(
        arguments.out,
        f"flow.imported is {arguments.settings['imported']}, and this part of it is not there",
        "run twostream import-flow again",
    )


def _write_as_here(
    rounding: str,
    device: str,
    write: _shard.WriteVideo,
    folder: Path,
    settings: dict[str, Any],
    entry: Video,
    group: h5py.Group,
) -> None:
    """Do as `write` on a worker; InputError where its flow has not the `rounding` of the job's machine."""
    with _shard.naming_machine():
        fingerprint.check(rounding, fingerprint.of_process(keys.canonical(settings), device))
    write(folder, settings, entry, group)


def _check_weights(settings: Mapping[str, Any]) -> None:
    """Raise InputError where workers, which run in other folders, would not find the file of weights."""
    weights = settings["raft"]["weights"]
    if weights and settings["backend"] == "raft" and not Path(weights).is_absolute():
        raise InputError(f"flow.raft.weights: {weights}", "the workers run in other folders", "set it to a whole path")


def main() -> None:
    """Write the flow of the shard's videos."""
    parser = _shard.shard_parser(__doc__, COMPUTE_FLOW)
    parser.add_argument(
        "--device", choices=["auto", "cpu", "cuda"], default="auto", help="of the backends torch and raft"
    )
    parser.add_argument("--batch", type=int, default=32, help="pairs that torch and raft take at once")
    parser.add_argument("--rounding", default="", help="digest of the flow that the workflow was planned with")
    parser.add_argument("--deinterlace", action="store_true", help="filter interlaced frames")
    arguments = parser.parse_args()
    arguments.settings["backend"] = backends.resolve(arguments.settings["backend"])
    if arguments.settings["imported"]:
        provenance.produce(IMPORT_FLOW, arguments.out, {}, [], partial(_refuse_import, arguments))
        return
    rounding = fingerprint.describe(arguments.settings, arguments.device)
    fingerprint.check(arguments.rounding, rounding)
    write = partial(write_flow, arguments.device, arguments.batch, arguments.deinterlace)
    more = {"deinterlace": arguments.deinterlace, "rounding": rounding}
    is_on_device = arguments.settings["backend"] == "torch"
    if cluster.is_address(arguments.scheduler):
        _check_weights(arguments.settings)
        write = partial(_write_as_here, rounding, arguments.device, write)
    elif is_on_device:
        arguments.scheduler = "threads"  # Processes could not share the device's batches.
    _shard.make(COMPUTE_FLOW, arguments, write, more, VIDEOS_A_CORE if is_on_device else 1)


if __name__ == "__main__":
    run(main)
