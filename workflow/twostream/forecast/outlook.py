"""What is still to be done, and how long it takes here: by measured rates or, where there are none, by a trial."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from twostream.cache import environment, measurement, rates, stages
from twostream.cache.rates import Rate
from twostream.compute import openmp
from twostream.forecast import amounts, estimate, tasks
from twostream.forecast.estimate import Estimate
from twostream.forecast.tasks import Task
from twostream.plan import FullPlan
from twostream.stream_plan import Stream
from twostream.videos.index import Video

MEASURED, TRIED, SMALL, UNMEASURED = "measured", "tried", "small", "not measured yet"
"""The origin of an estimate: earlier jobs; a trial; none, since there is too little work to try; or none at all."""
VIDEO_TRIAL, NETWORK_TRIAL = (f"{__package__}.{name}" for name in ("video_trial", "network_trial"))
"""Modules that another process runs: planning loads neither OpenCV nor torch."""
TRIALS = {VIDEO_TRIAL: "a few frames", NETWORK_TRIAL: "the networks"}
"""What each trial tries, in words."""
VIDEOS = 3
"""How many videos are tried, evenly spread over the data set."""
FORM = "3"
"""The version of what trials print: raise it where that changes."""
LIBRARIES = ("numpy", "av", "h5py", "numba", "torch", "torchvision")
"""Distributions whose versions a trial depends on, besides OpenCV."""
SMALL_RATE = Rate(seconds=0.0, bytes=0.0, start=estimate.START)
"""The rate of work that is done as soon as its jobs have started."""


@dataclass(frozen=True)
class Row:
    """A task, its estimate, and where that comes from."""

    task: Task
    estimate: Estimate
    origin: str


@dataclass(frozen=True)
class FlowRange:
    """How much of the range up to its bound the flow of the tried videos uses.

    `clipped` is the part of a video's vectors at the bound, by its id; nearly all flow needs only `levels` of the 127
    levels of a direction.
    """

    clipped: Mapping[str, float]
    levels: float


@dataclass(frozen=True)
class Outlook:
    """What is still to be done on so many `cores`, and the flow's range where that was tried."""

    rows: tuple[Row, ...]
    cores: int
    flow_range: FlowRange | None = None


def of(full: FullPlan, cores: int, memory: Path | None = None, stages_to_run: Collection[str] | None = None) -> Outlook:
    """Return what is still to be done of the plan `full`; of `stages_to_run` alone, where they are given.

    Large tasks whose rate was never measured are tried for some seconds, and so is the range of flow; the file `memory`
    remembers the result. Without such a file, nothing is tried.
    """
    work = list(tasks.of(full, stages_to_run))
    root = full.plan.root
    known_rates = {task.rate: rate for task in work if (rate := rates.read(root, task.rate))}
    tried: dict[str, Rate] = {}
    flow_range = None
    if memory:
        openmp.wait_passively()
        large = [task for task in work if not task.is_tiny]
        tried, flow_range = _try_videos(full, large, known_rates, cores, memory)
        tried |= _try_networks(full, [task for task in large if task.rate not in known_rates], cores, memory)
    return Outlook(tuple(_row(task, known_rates, tried, cores) for task in work), cores, flow_range)


def remaining(full: FullPlan, before: Outlook) -> Outlook:
    """Return what is left of the outlook `before`, by the rates that its jobs have measured meanwhile."""
    old = {row.task.name: row for row in before.rows}
    now = of(full, before.cores, stages_to_run={row.task.stage for row in before.rows})
    return Outlook(tuple(_with_old(row, old.get(row.task.name)) for row in now.rows), before.cores)


def _with_old(row: Row, old: Row | None) -> Row:
    """Return `row`; if nothing was measured meanwhile, with its part of the estimate of the `old` row."""
    if row.origin == MEASURED or old is None:
        return row
    part = row.task.work.units / (old.task.work.units or 1.0)
    return Row(row.task, estimate.scale(old.estimate, part), old.origin)


def _row(task: Task, known_rates: Mapping[str, Rate], tried: Mapping[str, Rate], cores: int) -> Row:
    """Return the row of `task`, by a measured rate, else by a tried one; if it is tiny and has neither, as small."""
    rate, origin = None, UNMEASURED
    if task.rate in known_rates:
        rate, origin = known_rates[task.rate], MEASURED
    elif task.rate in tried:
        rate, origin = tried[task.rate], TRIED
    elif task.is_tiny:
        rate, origin = SMALL_RATE, SMALL
    return Row(task, estimate.estimate(task.work, rate, task.threads, cores), origin)


def _try_videos(
    full: FullPlan, large: Sequence[Task], known_rates: Mapping[str, Rate], cores: int, memory: Path
) -> tuple[dict[str, Rate], FlowRange | None]:
    """Return the rates of frames and flow that are not known, and the range of flow that is still to be computed."""
    settings, compute = full.plan.settings, full.plan.settings["compute"]
    by_stage = {task.stage: task for task in large}
    frames, flow = by_stage.get(stages.EXTRACT_FRAMES.name), by_stage.get(stages.COMPUTE_FLOW.name)
    request = {
        "videos": [[str(full.plan.folder / video.file), video.id, video.width * video.height] for video in _some(full)],
        "frames": settings["frames"] if frames and frames.rate not in known_rates else None,
        "flow": settings["flow"] if flow and not settings["flow"]["imported"] else None,
        "device": compute["device"],
        "threads": min(compute["video_threads"], cores),
    }
    if not (request["frames"] or request["flow"]):
        return {}, None
    digests = [video.digest for video in _some(full)]
    measured = _find(memory, VIDEO_TRIAL, request, digests) or {}
    records = {task.rate: measured.get(name) for name, task in (("frames", frames), ("flow", flow)) if task}
    of_flow = measured.get("flow")
    new_rates = {name: Rate.from_record(record.get("rate", record)) for name, record in records.items() if record}
    return new_rates, FlowRange(of_flow["clipped"], of_flow["levels"]) if of_flow else None


def _try_networks(full: FullPlan, unknown: Sequence[Task], cores: int, memory: Path) -> dict[str, Rate]:
    """Return the rates of the tasks of networks whose rate is `unknown`."""
    streams = [stream for stream in full.streams if any(_is_of(task, stream) for task in unknown)]
    if not streams:
        return {}
    compute = full.plan.settings["compute"]
    threads = min(compute["train_threads"], cores)
    request = {"streams": [stream.settings for stream in streams], "device": compute["device"], "threads": threads}
    measured = _find(memory, NETWORK_TRIAL, request, []) or []
    return {
        task.rate: _rate_of_network(full, task, trial)
        for stream, trial in zip(streams, measured, strict=False)
        for task in unknown
        if _is_of(task, stream)
    }


def _rate_of_network(full: FullPlan, task: Task, trial: Mapping[str, Any]) -> Rate:
    """Return the rate of `task` by the `trial` of the network that it runs."""
    rate = Rate.from_record(trial["training" if task.stage == stages.TRAIN_STREAM.name else "scoring"])
    if task.stage != stages.DUMP_FEATURES.name:
        return rate
    classes, precision = len(full.index.class_names), full.plan.settings["features"]["precision"]
    return replace(rate, bytes=amounts.bytes_of_features(trial["features"], classes, precision))


def _is_of(task: Task, stream: Stream) -> bool:
    """Return whether the network that `task` runs is that of `stream`."""
    return task.stream == stream.name


def _some(full: FullPlan) -> list[Video]:
    """Return the videos that are tried."""
    videos = full.index.videos
    numbers = np.linspace(0, len(videos) - 1, min(VIDEOS, len(videos))).round().astype(int)
    return [videos[number] for number in numbers]


def _find(memory: Path, module: str, request: Mapping[str, Any], more: Iterable[str]) -> Any:
    """Return what the trial `module` gives for `request`, remembered in `memory` or new; None where it fails."""
    argument = json.dumps(request, sort_keys=True)
    versions = [FORM, environment.opencv() or "none", *(environment.version(name) or "none" for name in LIBRARIES)]
    depends_on = measurement.dependencies(versions, argument, *more)
    words = f"trying {TRIALS[module]} for some seconds, to say what the run will take"
    return measurement.find(
        memory, module, [argument], depends_on, lambda measured: measured, remember=True, words=words
    )
