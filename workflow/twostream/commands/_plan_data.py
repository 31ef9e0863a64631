"""What a plan is reckoned for: the videos of a configuration, those of the demo, or a published data set."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twostream import survey
from twostream.cache.clock import Clock
from twostream.commands import _dataset
from twostream.config.schema import Settings
from twostream.config.section import pick
from twostream.errors import InputError
from twostream.flow import backends
from twostream.forecast import published, sizing
from twostream.forecast.measuring import Material
from twostream.plan import FullPlan, Plan
from twostream.survey import Survey
from twostream.videos import demo, ledger, summary
from twostream.videos.encode import write_video
from twostream.videos.index import Index

TRIED = 8
"""Videos that are tried, evenly spread over the data set."""
RENDERED = 4
"""Videos of the demo that are, where there are no others."""
LONGEST = 60
"""Frames of such a video of a published data set."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """A plan of videos of which nothing is made yet, those to try, and what to say of them."""

    full: FullPlan
    material: Material
    lines: tuple[str, ...]
    is_rendered: bool = False


def look(settings: Settings, name: str | None, hints: tuple[object, ...], scratch: Path, seconds: float) -> Data:
    """Return the data of `settings`: of the data set called `name`, if it is given, of its folder, or of the demo.

    Where its folder is not there, `hints` are to name a published data set. All that is written goes to `scratch`;
    frames are counted for so many `seconds`.
    """
    folder = settings["dataset"]["folder"]
    if name is None and folder is None:
        return _of_demo(settings, scratch)
    if name is None and Path(folder).exists():
        return _of_folder(settings, scratch, seconds)
    name = name or published.name_in(*hints)
    if name is None:
        names = ", ".join(published.DATA_SETS)
        raise InputError("dataset.folder", f"there is no folder {folder}", f"give --dataset, one of {names}")
    return _of_published(settings, name, scratch)


def _of_folder(settings: Settings, scratch: Path, seconds: float) -> Data:
    """Return the data of the folder that `settings` name."""
    elsewhere = _with_cache(settings, scratch)
    folder, root = Path(settings["dataset"]["folder"]), Path(settings["compute"]["cache_root"])
    lines = []
    if settings["frames"]["fps"] is None:
        planned = _dataset.plan_of(elsewhere)
        known = ledger.read(ledger.path(root, folder)) if root.is_dir() else {}
        decoded, of = sizing.fill_ledger(planned, known, seconds)
        if decoded < of:
            lines.append(f"the frames of {decoded:,} of {of:,} files are counted, those of others reckoned by size")
    dataset = _dataset.look(elsewhere)
    videos = dataset.index.videos
    numbers = np.linspace(0, len(videos) - 1, min(TRIED, len(videos))).round().astype(int)
    tried = [videos[number] for number in numbers]
    rows = [(str(folder / video.file), video.id, video.width * video.height) for video in tried]
    full = FullPlan(dataset.planned, dataset.index)
    return Data(full=full, material=Material(rows), lines=(*summary.lines(dataset.index), *lines))


def _of_demo(settings: Settings, scratch: Path) -> Data:
    """Return the data of the demo, some videos of which are rendered into `scratch`."""
    rendering = pick(demo.Settings, settings["demo"])
    index = sizing.of_demo(rendering)
    clock = Clock()
    rows = list(_render(rendering, scratch))
    frames = sum(demo.length(rendering, clip) for clip in _clips(rendering))
    seconds = clock.core_seconds() / (frames * rendering.width * rendering.height)
    full = _plan(settings, index, scratch)
    lines = (f"the demo: {len(index.subset('train'))} videos to train, {len(index.subset('test'))} to test",)
    return Data(full=full, material=Material(rows, seconds), lines=lines, is_rendered=True)


def _of_published(settings: Settings, name: str, scratch: Path) -> Data:
    """Return the data of a published data set; rendered videos of its size stand for its own."""
    data = published.DATA_SETS[name]
    one = {"train_groups": 1, "test_groups": 1, "clips_per_group": 1}
    like = demo.Settings(seed=0, width=data.width, height=data.height, frames=LONGEST, **one)
    lines = (
        f"{name}, which is not here: {data.train:,} videos to train, {data.test:,} to test, {data.frames:,} frames",
        f"these are of {data.source}",
        "rendered videos of that size are measured in place of its own",
    )
    full = _plan(settings, published.index(name), scratch)
    return Data(full=full, material=Material(list(_render(like, scratch))), lines=lines)


def _plan(settings: Settings, index: Index, scratch: Path) -> FullPlan:
    """Return the plan of `settings` for the videos of `index`, of which none is there."""
    nowhere = settings | {"dataset": settings["dataset"] | {"folder": None, "splits": None}}
    backend, precision = backends.resolve(settings["flow"]["backend"]), survey.precision_of(settings["compute"])
    return FullPlan(
        Plan(_with_cache(nowhere, scratch), Survey(backend=backend, weights={}, precision=precision)), index
    )


def _with_cache(settings: Settings, scratch: Path) -> Settings:
    changed: Settings = settings | {"compute": settings["compute"] | {"cache_root": str(scratch / "cache")}}
    return changed


def _clips(settings: demo.Settings) -> list[demo.Clip]:
    """Return the clips that are rendered, evenly spread."""
    clips = demo.clips_of(settings)
    return [clips[number] for number in np.linspace(0, len(clips) - 1, RENDERED).round().astype(int)]


def _render(settings: demo.Settings, scratch: Path) -> Iterator[tuple[str, str, int]]:
    """Write some videos of the demo of these `settings`; yield path, id and pixels of a frame of each."""
    for clip in _clips(settings):
        path = scratch / "videos" / clip.id
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, demo.clip_frames(settings, clip), demo.CODEC, demo.FPS)
        yield str(path), clip.id, settings.width * settings.height
