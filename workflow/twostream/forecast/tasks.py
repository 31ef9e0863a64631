"""What a plan has still to do, stage by stage: how many jobs, how much work, and by which rate it is reckoned."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from twostream.cache import stages
from twostream.forecast import amounts, basis
from twostream.forecast.amounts import Work
from twostream.plan import STAGE_OF, FullPlan
from twostream.stream_plan import Stream
from twostream.text import counted
from twostream.training import subsets
from twostream.training.subsets import Subsets
from twostream.videos import flow_step
from twostream.videos.index import Video

TINY_PIXELS, TINY_PASSES = 5e6, 20.0
"""Pixels of flow or frames, and passes of a network at 224 x 224, that are done in seconds: they are not tried."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a stage, or a stage of one of the streams, has still to do.

    `name` is the task in words, and `what` its work; it has so many jobs in `total`, and those of `work` are still to
    run. `rate` is the name of the rate that it is estimated by, `stream` the stream whose network it runs, if any; it
    `is_tiny` where it takes seconds.
    """

    stage: str
    name: str
    what: str
    total: int
    work: Work
    rate: str
    threads: int
    is_tiny: bool
    stream: str = ""


def of(full: FullPlan, stages_to_run: Collection[str] | None = None) -> Iterator[Task]:
    """Yield the tasks of a plan of which something is still to be made, in the order of the stages.

    Of `stages_to_run` alone, where they are given; features are made only where these name them.
    """
    with_features = stages_to_run is not None and stages.DUMP_FEATURES.name in stages_to_run
    for task in (*_shards(full), *_stacks(full), *_networks(full, with_features), *_ends(full)):
        if task.work.jobs and (stages_to_run is None or task.stage in stages_to_run):
            yield task


def _shards(full: FullPlan) -> Iterator[Task]:
    """Yield the tasks that make shards, of frames and of flow."""
    settings, threads = full.plan.settings, full.plan.settings["compute"]["video_threads"]
    step, device = settings["flow"]["step"], settings["compute"]["device"]
    of_flow = partial(amounts.of_flow, step=step)
    makers: Mapping[str, tuple[str, Callable[..., Work], str, str]] = {
        "rgb": ("frames", amounts.of_frames, basis.frames(settings["frames"]), "frame"),
        "flow": ("flow", of_flow, basis.flow(settings["flow"], device), "flow field"),
    }
    for modality in full.modalities:
        name, amount, rate, noun = makers[modality]
        side = settings[STAGE_OF[modality].section or ""]["short_side"]
        files = full.shard_files(modality)
        missing = [
            videos for file, videos in zip(files, full.shards.values(), strict=True) if not full.plan.is_there(file)
        ]
        unmade = _unmade(files[0].parent, missing)
        work = replace(amount(unmade, side), stored=amount(missing, side).stored)
        videos = [video for shard in unmade for video in shard]
        count = sum(flow_step.fields(video.frames, step) if modality == "flow" else video.frames for video in videos)
        yield Task(
            stage=STAGE_OF[modality].name,
            name=name,
            what=f"{counted(len(videos), 'video')}, {counted(count, noun)}",
            total=len(files),
            work=work,
            rate=rate,
            threads=threads,
            is_tiny=work.units < TINY_PIXELS,
        )


def _unmade(folder: Path, missing: Sequence[Sequence[Video]]) -> list[list[Video]]:
    """Return the videos of each of the `missing` shards that no other file in their `folder` holds."""
    if not missing or not folder.is_dir():
        return [list(videos) for videos in missing]
    from twostream.stacks import shards  # It loads HDF5, which most plans do without.

    held = shards.held(folder, [video for videos in missing for video in videos])
    return [[video for video in videos if video.id not in held] for videos in missing]


def _stacks(full: FullPlan) -> Iterator[Task]:
    files = [full.stacks(modality) for modality in full.modalities]
    jobs = _missing(full, *files)
    yield _fixed(stages.WRITE_STACKS, "stacks", "joining the shards", len(files), Work(jobs, jobs, jobs))


def _networks(full: FullPlan, with_features: bool) -> Iterator[Task]:
    divided = subsets.divide(full.index, full.plan.settings["validation"])
    for stream in full.streams:
        yield _training(full, stream, divided)
    tested = len(full.index.subset("test")) + len(divided.held_out)
    for stream in full.streams:
        yield _scoring(full, stream, tested)
    for stream in full.streams if with_features else ():
        yield _features(full, stream, tested)


def _training(full: FullPlan, stream: Stream, divided: Subsets) -> Task:
    settings = stream.settings
    train, validation = len(divided.train), len(divided.validation)
    epochs = settings["epochs"] - _epochs_done(stream)
    work = amounts.of_training(settings, train, validation, epochs) if _missing(full, stream.model) else Work(0, 0)
    noun = "epoch" if epochs == settings["epochs"] else "more epoch"
    what = f"{counted(epochs, noun)} of {counted(train, 'video')}"
    return _network(full, stages.TRAIN_STREAM, stream, f"train {stream.name}", what, work)


def _scoring(full: FullPlan, stream: Stream, videos: int) -> Task:
    what, work = _views(full, videos)
    return _network(
        full, stages.DUMP_LOGITS, stream, f"score {stream.name}", what, _if_missing(full, stream.logits, work)
    )


def _features(full: FullPlan, stream: Stream, tested: int) -> Task:
    is_all = full.plan.settings["features"]["videos"] == "all"
    what, work = _views(full, len(full.index.videos) if is_all else tested)
    name = f"features {stream.name}"
    return _network(full, stages.DUMP_FEATURES, stream, name, what, _if_missing(full, stream.features, work))


def _views(full: FullPlan, videos: int) -> tuple[str, Work]:
    """Return the scoring of so many `videos` in words, and its work."""
    test, classes = full.plan.settings["test"], len(full.index.class_names)
    what = f"{counted(videos, 'video')}, {counted(amounts.samples_of(test), 'view')} of each"
    return what, amounts.of_scoring(test, videos, classes)


def _if_missing(full: FullPlan, file: Path, work: Work) -> Work:
    return work if _missing(full, file) else Work(0, 0)


def _network(full: FullPlan, stage: stages.Stage, stream: Stream, name: str, what: str, work: Work) -> Task:
    compute = full.plan.settings["compute"]
    return Task(
        stage=stage.name,
        name=name,
        what=what,
        total=1,
        work=work,
        rate=basis.network(stage, stream.settings, compute["device"]),
        threads=compute["train_threads"],
        is_tiny=work.units * (stream.settings["size"] / 224) ** 2 < TINY_PASSES,
        stream=stream.name,
    )


def _ends(full: FullPlan) -> Iterator[Task]:
    """Yield the tasks at the end of a run: the fusion and the report."""
    settings, streams = full.plan.settings, len(full.streams)
    videos, classes = len(full.index.subset("test")), len(full.index.class_names)
    work = amounts.of_fusion(streams, amounts.samples_of(settings["test"]), videos, classes)
    yield Task(
        stage=stages.FUSE.name,
        name="fusion",
        what=f"{counted(streams, 'stream')}, {counted(videos, 'test video')}",
        total=1,
        work=work if _missing(full, full.fusion) else Work(0, 0),
        rate=basis.fusion(settings["fusion"]),
        threads=2,
        is_tiny=False,
    )
    jobs = _missing(full, full.plan.report)
    yield _fixed(stages.FUSION_REPORT, "report", "the page", 1, Work(jobs, jobs, jobs))


def _fixed(stage: stages.Stage, name: str, what: str, total: int, work: Work) -> Task:
    return Task(
        stage=stage.name,
        name=name,
        what=what,
        total=total,
        work=work,
        rate=basis.fixed(stage),
        threads=1,
        is_tiny=True,
    )


def _missing(full: FullPlan, *files: Path) -> int:
    """Return how many of `files` are not there."""
    return sum(not full.plan.is_there(file) for file in files)


def _epochs_done(stream: Stream) -> int:
    """Return the epochs after which an interrupted training goes on."""
    state = stream.model.with_name("state.pt")
    if not (state.is_file() and stream.history.is_file()):
        return 0
    return max(0, len(stream.history.read_text(encoding="utf-8").splitlines()) - 1)
