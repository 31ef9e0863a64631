"""How fast stacks and samples come from each codec, beside the way of the code base that this replaces.

The reference: a stack is twenty JPEG files, x and y of ten flow pairs, each opened with PIL, resized to the input
size, made a tensor and copied into the stack. Everything is measured on the same frames and flow, of real videos
where `--videos` names a folder of them and else of the demo's, and all ways take turns, so that a busy machine slows
all. Stacks, and RGB frames, are counted where they are read; samples, cropped, mirrored and resized, come as batches
out of a loader, its processes included.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from twostream.bench import timing
from twostream.compute import workers as parallel
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config import check, schema
from twostream.errors import InputError
from twostream.flow.compute import compute, load_solver
from twostream.flow.parameters import TVL1
from twostream.flow.quantise import dequantise, quantise
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import loader
from twostream.streams.clips import ClipSampling, EpochOrder, TrainingClips
from twostream.streams.design import Design
from twostream.training.recipe import TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.videos import decode, demo, listing
from twostream.videos.index import Video

CPU = torch.device("cpu")
BOUND, STACK, SIZE, SHORT_SIDE = 20, 10, 224, 256
RGB = ("zstd", "lz4", "jpeg")
QUALITY = {"zstd": 95, "lz4": 95, "raw": 95, "jpeg": 95, "jpeg q90": 90}
TEMPORAL = Design(architecture="resnet101", modality="flow", stack=STACK, dropout=0.0, pretrained="none")
SPATIAL = Design(architecture="resnet101", modality="rgb", stack=1, dropout=0.0, pretrained="none")
SAMPLES = {
    "samples": ClipSampling(
        size=SIZE,
        segments=1,
        sampling="segments",
        crop="multiscale",
        smallest_crop=0.75,
        largest_crop=1.0,
        positions=13,
        colour_jitter=0.0,
        seed=0,
    ),
    "224 of 256": ClipSampling(
        size=SIZE,
        segments=1,
        sampling="segments",
        crop="random",
        smallest_crop=0.875,
        largest_crop=0.875,
        positions=13,
        colour_jitter=0.0,
        seed=0,
    ),
}
"""Multi-scale crops, which are resized; and the reference's own crop, which is of the input size already."""
COUNT, BATCH = 64, 8
GROWN = (100, 1_000, 13_320)
SHARDS = 64


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument(
        "--videos", type=Path, help="a folder in which to look for videos; without, the demo's are rendered"
    )
    made.add_argument("--pairs", type=int, default=48, help="flow pairs to measure with")
    made.add_argument("--rounds", type=int, default=7, help="turns that each way takes")
    made.add_argument(
        "--step", action="store_true", help="measure, instead, how long a step of training waits for data"
    )
    made.add_argument("--folder", type=Path, help="where to write; without, a folder that is removed at the end")
    chosen = made.parse_args()
    if chosen.pairs < STACK or chosen.rounds < 1:
        raise InputError(
            f"--pairs is {chosen.pairs} and --rounds {chosen.rounds}: at least {STACK}, a stack, and 1 are needed"
        )
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        frames, fields = measured_on(chosen.videos, chosen.pairs)
        print(f"{len(fields)} flow pairs of {fields.shape[3]} x {fields.shape[2]} pixels")
        if chosen.step:
            rows, ratios = waiting(folder, frames, fields)
        else:
            measured = [
                reading(folder, fields, chosen.rounds),
                looking(folder, frames, chosen.rounds),
                growing(folder, fields, chosen.rounds),
            ]
            rows = [row for some, _ in measured for row in some]
            ratios = {name: ratio for _, some in measured for name, ratio in some.items()}
        timing.show(rows, ratios)


def measured_on(folder: Path | None, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """RGB frames (pairs, 3, H, W) and quantised flow (pairs, 2, H, W), from up to three videos in equal parts."""
    tvl1 = TVL1.from_settings(check.check({})["flow"]["tvl1"])
    decoded = clips(folder)
    shown = {name: list(islice(clip, -(-pairs // len(decoded)) + 1)) for name, clip in decoded.items()}
    check_length(shown)
    fields = [
        quantise(field, BOUND)
        for clip in parallel.progress(list(shown.values()), "flow", "video")
        for field in compute(iter(clip), tvl1, load_solver("fused"))
    ][:pairs]
    height, width = (int(side) for side in np.min([field.shape for field in fields], axis=0)[1:])
    frames = [frame[:height, :width, ::-1].transpose(2, 0, 1) for clip in shown.values() for frame in clip[1:]][:pairs]
    return np.stack(frames), np.stack([field[:, :height, :width] for field in fields])


def clips(folder: Path | None) -> dict[str, Iterator[np.ndarray]]:
    """The frames of up to three videos, by name."""
    if folder is None:
        settings = demo.Settings(
            seed=0, width=340, height=SHORT_SIDE, frames=60, train_groups=1, test_groups=1, clips_per_group=1
        )
        names = ("BrickSlide", "LeafClimb", "WaveSpin")
        return {name: iter(demo.clip_frames(settings, demo.Clip(name, 1, 1))) for name in names}
    found = sorted(path for path in folder.rglob("*") if listing.is_video(path.name))
    if not found:
        raise InputError(folder, "holds no video", "choose a folder that holds some")
    return {str(path): decode.decode(path, SHORT_SIDE) for path in found[:: max(1, len(found) // 3)][:3]}


def check_length(shown: Mapping[str, Sequence[np.ndarray]]) -> None:
    """InputError where a video gives no flow, or all of them not a stack."""
    for name, clip in shown.items():
        if len(clip) < 2:
            raise InputError(f"{name}: {len(clip)} frames can be decoded, at least 2 are needed: take it out")
    pairs = sum(len(clip) - 1 for clip in shown.values())
    if pairs < STACK:
        raise InputError(f"{', '.join(shown)}: {pairs} flow pairs, at least {STACK} are needed: give longer videos")


# --- what is compared ---------------------------------------------------------------------------------------------


def stored(
    folder: Path, frames: np.ndarray, codec: str, quality: int, videos: int = 8
) -> tuple[StackReader, list[Video]]:
    """Some videos with the same frames, stored by `codec`."""

    def write(_: Video, group: h5py.Group) -> None:
        codecs.write(group, iter(frames), len(frames), codec, quality)

    height, width = frames.shape[2:]
    listed = [_entry(i, len(frames), width, height) for i in range(videos)]
    shard = folder / f"{codec}{quality}{frames.shape[1]}" / "0000-a.h5"
    shards.fill(shard, listed, write, workers=2)
    links.write_links(shard.parent / "linked" / "stacks.h5", [shard], "flow")
    return StackReader(shard.parent / "linked" / "stacks.h5"), listed


class Stacks(Dataset[torch.Tensor]):
    """Stacks at random places, as they are stored."""

    def __init__(self, reader: StackReader, videos: list[Video], length: int = STACK) -> None:
        self.reader = reader
        self.videos = videos
        self.length = length

    def __getitem__(self, place: int) -> torch.Tensor:
        start = int(np.random.default_rng(place).integers(self.videos[0].frames - self.length + 1))
        return torch.from_numpy(self.reader.read(self.videos[place % len(self.videos)].id, start, self.length))


class Files(Dataset[torch.Tensor]):
    """The reference's: a JPEG file for x and one for y of each pair, resized and copied into the stack."""

    def __init__(self, folder: Path, fields: np.ndarray, quality: int) -> None:
        self.folder = folder
        self.pairs = len(fields)
        self.transform = transforms.Compose([transforms.Resize([SIZE, SIZE]), transforms.ToTensor()])
        folder.mkdir()
        for t, field in enumerate(fields):
            for name, plane in zip("uv", field, strict=True):
                cv2.imwrite(str(folder / f"{name}{t:06d}.jpg"), plane, [cv2.IMWRITE_JPEG_QUALITY, quality])

    def __getitem__(self, place: int) -> torch.Tensor:
        start = int(np.random.default_rng(place).integers(self.pairs - STACK + 1))
        stack = torch.empty(2 * STACK, SIZE, SIZE)
        for channel in range(2 * STACK):
            with Image.open(self.folder / f"{'uv'[channel % 2]}{start + channel // 2:06d}.jpg") as picture:
                stack[channel] = self.transform(picture)[0]
        return stack

    def bytes_a_pair(self) -> float:
        return sum(path.stat().st_size for path in self.folder.iterdir()) / self.pairs


class Reads(Dataset[int]):
    """Items that are read and not sent on: how many, a part of a pass at a time."""

    def __init__(self, items: Dataset[Any], part: int) -> None:
        self.items = items
        self.part = part

    def __getitem__(self, number: int) -> int:
        return sum(1 for place in range(self.part) if self.items[number * self.part + place] is not None)


def passes(loading: DataLoader) -> Callable[[], None]:
    """Go through all of it once, by loader processes that are there already."""

    def go() -> None:
        for _ in loading:
            pass

    go()
    return go


# --- the four measurements ----------------------------------------------------------------------------------------


def reading(folder: Path, fields: np.ndarray, rounds: int) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Stacks and samples a second, by one process and by two."""
    kept = {name: stored(folder, fields, name.split()[0], quality) for name, quality in QUALITY.items()}
    files = Files(folder / "files", fields, 95)
    rows = [{"what": name, **told(name, kept, fields, files)} for name in ("reference", *kept)]
    ratios = {}
    for workers in (0, 2):
        stack = {"reference": reads(files, workers)} | {name: reads(Stacks(*of), workers) for name, of in kept.items()}
        units = {"stacks": stack} | {unit: samples(draw, files, kept, workers) for unit, draw in SAMPLES.items()}
        for unit, ways in units.items():
            seconds = timing.take_turns(ways, rounds)
            for row in rows:
                row[f"{unit}/s" + ", 2 workers" * (workers > 0)] = COUNT / float(np.median(seconds[row["what"]]))
            prefix = "" if unit == "stacks" else f"{unit} "
            for name in kept:
                ratio = f"{prefix}{name} over reference" + " 2 workers" * (workers > 0)
                ratios[ratio.replace(" ", "_")] = round(timing.speedup(seconds, name, "reference"), 2)
    ratios["samples_over_reference"] = ratios["samples_zstd_over_reference"]
    return rows, ratios | {"zstd_bytes_a_pair": rows[1]["bytes a pair"]}


def reads(items: Dataset[Any], workers: int) -> Callable[[], None]:
    return passes(loader.load(Reads(items, 4), range(COUNT // 4), workers, CPU))


def samples(draw: ClipSampling, files: Files, kept: dict[str, Any], workers: int) -> dict[str, Callable[[], None]]:
    """A pass over the samples of each codec, in batches; the reference's stack is a sample already."""
    usual = DataLoader(files, BATCH, sampler=range(COUNT), num_workers=workers, persistent_workers=workers > 0)
    ways = {"reference": passes(usual)}
    for name, (reader, videos) in kept.items():
        clips = TrainingClips(reader, videos * (COUNT // len(videos)), TEMPORAL, draw)
        ways[name] = passes(loader.load(clips, EpochOrder(COUNT, BATCH, 0), workers, CPU))
    return ways


def told(name: str, kept: dict[str, Any], fields: np.ndarray, files: Files) -> dict[str, Any]:
    """The size of a pair, and how far its decoded flow is from the eight-bit flow that was stored."""
    if name == "reference":
        size = files.bytes_a_pair()
        decoded = np.stack(
            [[cv2.imread(str(files.folder / f"{c}{t:06d}.jpg"), 0) for c in "uv"] for t in range(len(fields))]
        )
    else:
        reader, videos = kept[name]
        decoded = reader.read(videos[0].id, 0, len(fields))
        size = stored_bytes(reader.path.parents[1] / "0000-a.h5") / len(fields)
    error = np.abs(dequantise(decoded, BOUND) - dequantise(fields, BOUND))
    return {"bytes a pair": round(size), "error, px": float(error.mean()), "largest, px": float(error.max())}


def stored_bytes(shard: Path) -> int:
    """Of one video."""
    with h5py.File(shard) as file:
        return sum(dataset.id.get_storage_size() for dataset in file["A/0.avi"].values())


def looking(folder: Path, frames: np.ndarray, rounds: int) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """RGB frames a second, one by one, their size, and how far what is read is from what was stored."""
    kept = {codec: stored(folder, frames, codec, QUALITY[codec]) for codec in RGB}
    ways = {codec: partial(_read_at, Stacks(*of, length=1), range(COUNT)) for codec, of in kept.items()}
    seconds = timing.take_turns(ways, rounds)
    rows: list[dict[str, Any]] = []
    for codec, (reader, videos) in kept.items():
        error = np.abs(reader.read(videos[0].id, 0, len(frames)).astype(int) - frames)
        rows.append(
            {
                "what": f"RGB, {codec}",
                "bytes a frame": round(stored_bytes(reader.path.parents[1] / "0000-a.h5") / len(frames)),
                "error, levels": float(error.mean()),
                "largest, levels": int(error.max()),
                "frames/s": COUNT / float(np.median(seconds[codec])),
            }
        )
    return rows, {f"rgb_{codec}_over_jpeg": round(timing.speedup(seconds, codec, "jpeg"), 2) for codec in RGB[:-1]}


def _entry(number: int, frames: int, width: int, height: int) -> Video:
    """Return what an index says of the video `number` of one class."""
    return Video(
        id=f"A/{number}.avi",
        label=0,
        subset="train",
        group=str(number),
        frames=frames,
        width=width,
        height=height,
        fps=25.0,
        digest=str(number),
    )


def growing(folder: Path, fields: np.ndarray, rounds: int) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Stacks a second from linked files of more and more videos, and the shards that they lie in."""
    made, kept = folder / "grown" / "0000-a.h5", fields[: 2 * STACK]
    one = _entry(0, len(kept), 0, 0)
    shards.fill(made, [one], partial(_write, kept))
    ways = {}
    for count in GROWN:
        path = folder / str(count) / "stacks.h5"
        spread(path, made, count)
        listed = [replace(one, id=f"A{i % 101}/{i}.avi") for i in range(count)]
        places = np.random.default_rng(0).integers(count, size=128)
        ways[str(count)] = partial(_read_at, Stacks(StackReader(path), listed), places)
    timing.take_turns(ways, 1)
    seconds = timing.take_turns(ways, rounds)
    rows = [
        {"what": f"zstd, {name} videos", "stacks/s": 128 / float(np.median(taken))} for name, taken in seconds.items()
    ]
    ratios = {
        f"{name}_videos_over_100": round(timing.speedup(seconds, name, "100"), 3) for name in ways if name != "100"
    }
    return rows, ratios


def _write(fields: np.ndarray, _: Video, group: h5py.Group) -> None:
    codecs.write(group, iter(fields), len(fields), "zstd", 95)


def _read_at(items: Stacks, places: Iterable[int]) -> None:
    for place in places:
        items[int(place)]


def spread(path: Path, made: Path, count: int) -> None:
    """A linked file and its shards as of `count` videos, each of them another name for the one in the shard `made`."""
    written = [path.parent / made.parent.name / f"{number:04d}-a.h5" for number in range(SHARDS)]
    written[0].parent.mkdir(parents=True)
    for number, shard in enumerate(written):
        shutil.copyfile(made, shard)
        with h5py.File(shard, "r+", libver="latest") as file:
            for i in range(number, count, SHARDS):
                file[f"A{i % 101}/{i}.avi"] = file["A/0.avi"]
            del file["A"]
    links.write_links(path, written, "flow")


def stepping(design: Design) -> schema.Settings:
    """One epoch at 112 pixels."""
    given = vars(design) | {"size": 112, "crop": "multiscale", "epochs": 1, "batch": 8, "schedule": "constant"}
    return check.check({"streams": {"measured": given}})["streams"]["measured"]


def waiting(folder: Path, frames: np.ndarray, fields: np.ndarray) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """The share of a step of ResNet-101 at 112 pixels that is waiting for data, as the table of training has it."""
    torch.set_num_threads(parallel.cores(2))
    rows, shares = [], {}
    for name, design, kept, codec in (("spatial", SPATIAL, frames, "jpeg"), ("temporal", TEMPORAL, fields, "zstd")):
        reader, videos = stored(folder / "step", kept, codec, 95, videos=32)
        for workers in (0, 1):
            setup = TrainingSetup.from_settings(stepping(design), Runtime(CPU, workers), ProcessGroup())
            files = TrainingFiles(
                *(folder / f"{name}{workers}" / part for part in ("state.pt", "history.csv", "scalars"))
            )
            _, (row,) = train(reader, videos, None, 2, setup, files)
            share = row.data_time / row.batch_time
            shares[f"waiting_share_step_{name}_{workers}_workers"] = round(share, 4)
            rows.append(
                {
                    "what": f"step, {name}, {workers} workers",
                    "step, s": row.batch_time,
                    "waiting, s": row.data_time,
                    "share": share,
                }
            )
    return rows, shares


if __name__ == "__main__":
    main()
