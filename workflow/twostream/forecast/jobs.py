"""All jobs of a run that begins with an empty cache: what each holds of a machine, how long, and after which others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from twostream.cache import stages
from twostream.cache.rates import Rate
from twostream.forecast import amounts, estimate, tasks
from twostream.forecast.amounts import Part, Work
from twostream.forecast.cluster import Cluster, JobGroup
from twostream.forecast.tasks import Task
from twostream.plan import STAGE_OF, FullPlan
from twostream.streams.design import MODALITIES
from twostream.text import counted

NAME_OF = {"rgb": "frames", "flow": "flow"}
"""The name of the task that makes the shards of a modality."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The `rate` of a task, measured with so many `threads`, or on a GPU.

    `memory` are the bytes of a job with one worker, `more` those of each further worker. `each` are the seconds of a
    job besides its units and its start, such as those in which a training is saved after its epochs.
    """

    rate: Rate
    threads: int = 1
    is_gpu: bool = False
    memory: float = 0.0
    more: float = 0.0
    each: float = 0.0


def tasks_of(full: FullPlan, is_rendered: bool = False, with_features: bool = False) -> list[Task]:
    """Return the tasks of a run of `full` that has made nothing yet, the tasks before the index among them.

    The demo is rendered first if `is_rendered`; `with_features` adds the features of all streams.
    """
    names = set(stages.STAGES) - (set() if with_features else {stages.DUMP_FEATURES.name})
    return [*_beginnings(full, is_rendered), *tasks.of(full, names)]


def groups(full: FullPlan, task: Task, measured: Measurement, cluster: Cluster) -> Iterator[JobGroup]:
    """Yield the groups of jobs of `task` by what was `measured` of it: one group or, of stacks, one a modality."""
    devices = full.plan.settings["compute"]["devices"]
    threads = min(task.threads, cluster.cores)
    gpus = min(devices if task.stream else 1, cluster.gpus) if measured.is_gpu else 0
    if task.stage == stages.WRITE_STACKS.name:
        names: dict[str, tuple[str, ...]] = {f"stacks {kind}": (NAME_OF[kind],) for kind in full.modalities}
    else:
        names = {task.name: _before(full, task)}
    per = len(_parts(task.work)) // len(names)
    for name, before in names.items():
        parts = _parts(task.work)[:per]
        yield JobGroup(
            name=name,
            seconds=tuple(_seconds(part, measured, threads, max(1, gpus)) for part in parts),
            threads=threads,
            gpus=gpus,
            memory=measured.memory + measured.more * (1 if task.stream else threads - 1),
            after=before,
        )


def _seconds(part: Part, measured: Measurement, threads: int, gpus: int) -> float:
    """Return the seconds of a job: its cores, or GPUs, share its units, but one has all of the longest video."""
    rate = measured.rate
    at_once = measured.threads * gpus if measured.is_gpu else threads
    work = max(part.units / at_once, part.longest / (measured.threads if measured.is_gpu else 1))
    return rate.start + estimate.SCHEDULING + measured.each + work * rate.seconds


def _parts(work: Work) -> Sequence[Part]:
    """Return the part of `work` of each job."""
    return work.parts or [Part(work.units / work.jobs)] * work.jobs


def _before(full: FullPlan, task: Task) -> tuple[str, ...]:
    """Return the names of the groups whose files the jobs of `task` read.

    The rules say so by paths, which nothing has yet here; a test compares this with Snakemake's graph of the rules.
    """
    stored = {stream.name: MODALITIES[stream.settings["modality"]].stored for stream in full.streams}
    trained = (f"train {task.stream}",)
    before: Mapping[str, tuple[str, ...]] = {
        stages.INDEX.name: ("demo",),
        **{stage.name: (stages.INDEX.name,) for stage in STAGE_OF.values()},
        stages.TRAIN_STREAM.name: (f"stacks {stored.get(task.stream)}",),
        stages.DUMP_LOGITS.name: trained,
        stages.DUMP_FEATURES.name: trained,
        stages.FUSE.name: tuple(f"score {name}" for name in stored),
        stages.FUSION_REPORT.name: ("fusion",),
    }
    return before.get(task.stage, ())


def _beginnings(full: FullPlan, is_rendered: bool) -> Iterator[Task]:
    """Yield the tasks before there is an index: the demo's rendering, and the index itself."""
    videos, settings = full.index.videos, full.plan.settings
    work = amounts.of_index(videos)
    rows = [(stages.INDEX, stages.INDEX.name, "decoding all of them once", work)]
    if is_rendered:
        rows.insert(0, (stages.RENDER_DEMO, "demo", f"rendering {counted(len(videos), 'video')}", work))
    for stage, name, what, amount in rows:
        yield Task(
            stage=stage.name,
            name=name,
            what=what,
            total=1,
            work=amount,
            rate="",
            threads=settings["compute"]["video_threads"],
            is_tiny=False,
        )
