"""What a network runs on."""

import os

import pytest
import torch

from twostream.compute import hardware

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.mark.parametrize(
    ("asked", "device", "processes", "workers"),
    [
        (None, CPU, 1, 0),
        (None, GPU, 1, 12),
        (None, GPU, 4, 3),
        (0, GPU, 4, 0),
        (4, CPU, 1, 4),
        (8, GPU, 2, 4),
        (100, GPU, 2, 6),
        (2, GPU, 8, 1),
    ],
)
def test_the_cores_of_a_node_are_divided_among_the_loaders_of_its_processes(
    asked, device, processes, workers, monkeypatch
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)))
    assert hardware.loader_workers(asked, device, processes) == workers


def test_random_numbers_go_on_where_they_were():
    runtime = hardware.Runtime(device=CPU)
    states = runtime.random_state()
    numbers = torch.rand(3)
    torch.manual_seed(1)
    runtime.set_random_state(states)
    assert torch.equal(torch.rand(3), numbers)
