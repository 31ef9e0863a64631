"""When jobs run on some nodes: each as soon as its input is there and a node has room for it. Arithmetic alone."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cluster:
    """So many `nodes`, each with so many `cores` and `gpus`."""

    nodes: int
    cores: int
    gpus: int


@dataclass(frozen=True, kw_only=True)
class JobGroup:
    """Jobs of one kind, each of so many `seconds`, which may begin once those of the groups `after` have ended.

    `threads`, `gpus` and `memory`, in bytes, are what each holds of its node.
    """

    name: str
    seconds: tuple[float, ...]
    threads: int
    gpus: int = 0
    memory: float = 0.0
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """When each group begins and ends, in seconds; and the most `memory` that jobs hold of one node at once."""

    times: Mapping[str, tuple[float, float]]
    memory: float

    @property
    def seconds(self) -> float:
        """When all has ended."""
        return max((end for _, end in self.times.values()), default=0.0)

    def wall(self, name: str) -> float:
        """Return the seconds from when the group called `name` begins to when it ends."""
        begin, end = self.times[name]
        return end - begin


class _Node:
    """What is free on a node, and the memory that jobs hold of it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cores, self.gpus = cluster.cores, cluster.gpus
        self.memory = 0.0

    def has_room(self, job: JobGroup) -> bool:
        return job.threads <= self.cores and job.gpus <= self.gpus

    def take(self, job: JobGroup) -> None:
        self.cores -= job.threads
        self.gpus -= job.gpus
        self.memory += job.memory

    def release(self, job: JobGroup) -> None:
        self.cores += job.threads
        self.gpus += job.gpus
        self.memory -= job.memory


class _Run:
    """A run so far: jobs that wait, longest first, and those that run."""

    def __init__(self, groups: Sequence[JobGroup], cluster: Cluster) -> None:
        self.groups = {group.name: group for group in groups}
        self.waiting = {group.name: sorted(group.seconds) for group in groups}
        self.unfinished = {group.name: len(group.seconds) for group in groups}
        self.nodes = [_Node(cluster) for _ in range(cluster.nodes)]
        self.running: list[tuple[float, int, str, _Node]] = []
        self.times: dict[str, tuple[float, float]] = {}
        self.memory, self.now, self._number = 0.0, 0.0, 0

    def start_ready_jobs(self) -> None:
        """Start each waiting job whose input is there and for which a node has room."""
        for name, group in self.groups.items():
            if any(self.unfinished.get(other) for other in group.after):
                continue
            while self.waiting[name] and (node := next((n for n in self.nodes if n.has_room(group)), None)):
                node.take(group)
                self._number += 1
                end = self.now + self.waiting[name].pop()
                heapq.heappush(self.running, (end, self._number, name, node))
                begin, last = self.times.get(name, (self.now, end))
                self.times[name] = begin, max(last, end)
                self.memory = max(self.memory, node.memory)

    def end_next(self) -> None:
        """Go on to when the next job ends."""
        self.now, _, name, node = heapq.heappop(self.running)
        node.release(self.groups[name])
        self.unfinished[name] -= 1


def schedule(groups: Sequence[JobGroup], cluster: Cluster) -> Timeline:
    """Return when the jobs of `groups` run on `cluster`; an empty node has to have room for each of them."""
    run = _Run(groups, cluster)
    run.start_ready_jobs()
    while run.running:
        run.end_next()
        run.start_ready_jobs()
    return Timeline(run.times, run.memory)
