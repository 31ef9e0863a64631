"""What work takes by measured rates, against arithmetic by hand."""

import pytest

from twostream.cache.rates import Rate
from twostream.forecast import estimate
from twostream.forecast.amounts import Work
from twostream.forecast.estimate import Estimate

RATE = Rate(seconds=0.5, bytes=2.0, start=3.0)


@pytest.mark.parametrize(
    ("jobs", "units", "threads", "cores", "seconds"),
    [
        # A job takes 3 s to start and 1 s in Snakemake; 100 units are 50 core-seconds.
        (1, 100, 1, 1, 4 + 50),
        (1, 100, 2, 2, 4 + 25),
        (1, 100, 64, 2, 4 + 25),
        (4, 100, 2, 2, 4 * 4 + 25),
        (4, 100, 2, 4, (4 * 4 + 25) / 2),
        (1, 100, 2, 8, 4 + 25),
        (3, 90, 2, 4, (3 * 4 + 22.5) * 2 / 3),
    ],
)
def test_jobs_run_side_by_side_as_far_as_their_threads_fit(jobs, units, threads, cores, seconds):
    assert estimate.estimate(Work(jobs, units), RATE, threads, cores).seconds == pytest.approx(seconds)


def test_all_together_fill_the_cores_but_wait_for_the_longest():
    rows = [estimate.estimate(Work(2, 100), RATE, threads=1, cores=4) for _ in range(3)]
    (one, *_) = rows
    assert one.seconds == 29
    assert one.core_seconds == 58
    assert estimate.together(rows, cores=4) == (3 * 58 / 4, True)
    assert estimate.together(rows[:1], cores=4) == (29, True)


def test_what_was_not_measured_is_in_no_sum_and_said():
    known = estimate.estimate(Work(1, 100), RATE, threads=1, cores=1)
    unknown = estimate.estimate(Work(1, 100), None, threads=1, cores=1)
    assert unknown == estimate.UNKNOWN
    assert estimate.together([known, unknown], cores=1) == (54, False)


def test_a_disk_holds_all_and_the_largest_job_twice():
    shards = estimate.estimate(Work(4, 0, stored=100), RATE, threads=1, cores=1)
    model = estimate.estimate(Work(1, 0, stored=20), RATE, threads=1, cores=1)
    assert estimate.disk([shards, model, estimate.UNKNOWN]) == 200 + 40 + 50


def test_a_part_of_the_work_takes_its_part():
    whole = Estimate(seconds=10.0, core_seconds=20.0, bytes=8.0, largest=4.0)
    assert estimate.scale(whole, 0.25) == Estimate(seconds=2.5, core_seconds=5.0, bytes=2.0, largest=4.0)
    assert estimate.scale(estimate.UNKNOWN, 0.25) == estimate.UNKNOWN
