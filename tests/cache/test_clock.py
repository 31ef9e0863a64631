"""The time of cores, as on an idle machine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twostream.cache.clock import Clock, peak_memory, seconds_to_start


def work(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.fixture
def rivals():
    """Let this process and two that are busy have one core together."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for other in others:
        other.kill()
        other.wait()
    os.sched_setaffinity(0, cores)


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not count waiting")
def test_waiting_for_a_core_that_another_program_has_does_not_count(rivals):
    clock, began = Clock(), time.monotonic()
    work(0.5)
    counted, passed = clock.core_seconds(), time.monotonic() - began
    assert counted >= 0.5
    assert passed > 1.5 * counted


def test_waiting_for_something_else_than_a_core_counts():
    clock, began = Clock(), time.monotonic()
    time.sleep(0.5)
    one, three = clock.core_seconds(), clock.core_seconds(threads=3)
    assert 0.3 < one <= time.monotonic() - began
    assert three > 2 * one


def test_a_process_has_taken_time_to_start_and_memory():
    assert seconds_to_start() > 0
    assert peak_memory() > 1e7


def test_a_process_is_no_older_than_the_time_since_it_was_started():
    began = time.monotonic()
    code = "from twostream.cache import clock; print(clock.seconds_of_process())"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert 0 < float(printed) <= time.monotonic() - began + 0.02
