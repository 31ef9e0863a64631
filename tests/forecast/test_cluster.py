"""When jobs run on nodes, against times by hand."""

import pytest

from twostream.forecast.cluster import Cluster, JobGroup, schedule


def group(name, *seconds, after=(), **holds):
    return JobGroup(name=name, seconds=seconds, threads=holds.pop("threads", 2), after=after, **holds)


@pytest.mark.parametrize(
    ("nodes", "cores", "seconds"),
    [
        (1, 2, 10 + 20 + 30 + 40),
        (1, 4, 50),  # 40 beside 30, then 20 where the 30 was, 10 where the 40 was.
        (1, 5, 50),
        (2, 2, 50),
        (1, 8, 40),
        (40, 64, 40),  # More cores do not help: the longest job is one.
    ],
)
def test_jobs_fill_the_nodes_longest_first(nodes, cores, seconds):
    flow = group("flow", 10, 20, 30, 40)
    assert schedule([flow], Cluster(nodes, cores, 0)).seconds == seconds


def test_a_group_begins_when_those_before_it_have_ended():
    groups = [
        group("index", 5),
        group("frames", 1, 1, after=("index",)),
        group("flow", 9, 9, after=("index",)),
        group("train spatial", 20, after=("frames",)),
        group("fusion", 3, after=("train spatial", "flow")),
    ]
    timeline = schedule(groups, Cluster(2, 4, 0))
    assert timeline.times["frames"] == (5, 6)
    assert timeline.times["train spatial"] == (6, 26)
    assert timeline.times["fusion"] == (26, 29)
    assert timeline.wall("flow") == 9


def test_a_training_holds_a_gpu_and_the_third_waits():
    trainings = [group(f"train {name}", 100, threads=1, gpus=1) for name in "abc"]
    timeline = schedule(trainings, Cluster(1, 64, 2))
    assert sorted(timeline.times.values()) == [(0, 100), (0, 100), (100, 200)]


def test_memory_is_that_of_the_jobs_of_a_node_at_once():
    jobs = group("flow", *[1] * 10, memory=3.0)
    assert schedule([jobs], Cluster(1, 8, 0)).memory == 12
    assert schedule([jobs], Cluster(5, 8, 0)).memory == 12
    assert schedule([jobs], Cluster(1, 2, 0)).memory == 3


def test_without_jobs_nothing_takes_time():
    assert schedule([], Cluster(1, 1, 0)).seconds == 0
