"""What each task of a run takes of some nodes: hours of cores and GPUs, bytes, memory, and from when to when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from twostream.cache.stages import TRAIN_STREAM
from twostream.forecast import jobs
from twostream.forecast.cluster import Cluster, JobGroup, Timeline, schedule
from twostream.forecast.jobs import Measurement
from twostream.forecast.tasks import Task
from twostream.plan import FullPlan

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """A task, the hours that its jobs hold cores and GPUs, the bytes that they write, the `memory` of one of them.

    `seconds` pass from when the first job begins to when the last one ends; of stacks, those of one modality. All are
    None where the task was not measured, and `gpu_hours` where it runs on no GPU.
    """

    task: Task
    core_hours: float | None = None
    gpu_hours: float | None = None
    bytes: float | None = None
    memory: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outlay:
    """The rows of a run on `cluster`, and what they come to.

    All is done after so many `seconds`; the jobs of a node hold so many bytes of `memory` at most; `idle_gpus` have no
    work while networks are trained.
    """

    rows: tuple[Row, ...]
    cluster: Cluster
    seconds: float
    memory: float
    idle_gpus: int

    @property
    def is_whole(self) -> bool:
        """Whether every task was measured."""
        return all(row.seconds is not None for row in self.rows)

    def total(self, name: str) -> float:
        """Return the sum of the column called `name` over the rows where it is known."""
        return sum(getattr(row, name) or 0.0 for row in self.rows)


def of(full: FullPlan, tasks: Sequence[Task], measured: Mapping[str, Measurement], cluster: Cluster) -> Outlay:
    """Return what `tasks` of `full` take on `cluster`; `measured` has the measurement of each by its name."""
    groups = {
        task.name: list(jobs.groups(full, task, measured[task.name], cluster))
        for task in tasks
        if task.name in measured
    }
    timeline = schedule(list(chain.from_iterable(groups.values())), cluster)
    rows = tuple(
        _row(task, measured[task.name], groups[task.name], timeline) if task.name in groups else Row(task=task)
        for task in tasks
    )
    trainings = [task.name for task in tasks if task.stage == TRAIN_STREAM.name and task.name in groups]
    used = sum(group.gpus for name in trainings for group in groups[name])
    on_gpu = any(each.is_gpu for each in measured.values())
    return Outlay(
        rows=rows,
        cluster=cluster,
        seconds=timeline.seconds,
        memory=timeline.memory,
        idle_gpus=max(0, cluster.nodes * cluster.gpus - used) if on_gpu else 0,
    )


def _row(task: Task, measured: Measurement, groups: Sequence[JobGroup], timeline: Timeline) -> Row:
    """Return the row of `task`, whose jobs are `groups` and run as `timeline` says."""
    held = [(sum(group.seconds) / HOUR, group) for group in groups]
    return Row(
        task=task,
        core_hours=sum(hours * group.threads for hours, group in held),
        gpu_hours=sum(hours * group.gpus for hours, group in held) if measured.is_gpu else None,
        bytes=task.work.stored * measured.rate.bytes,
        memory=max(group.memory for group in groups),
        seconds=max(timeline.wall(group.name) for group in groups),
    )
