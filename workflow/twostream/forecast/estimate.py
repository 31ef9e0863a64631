"""What work takes, by measured rates. Arithmetic alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twostream.cache.rates import Rate
from twostream.forecast.amounts import Work

SCHEDULING = 1.0
"""Seconds that Snakemake and the shell take for each job."""
START = 3.0
"""Seconds that a job takes to start, where that was not measured."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What the jobs of a task take; None where nothing was measured.

    `seconds` pass until all jobs are done if nothing else runs; `core_seconds` are the sum over the cores that they
    hold. All jobs together write `bytes`, one of them `largest`.
    """

    seconds: float | None
    core_seconds: float | None
    bytes: float | None
    largest: float = 0.0


UNKNOWN = Estimate(seconds=None, core_seconds=None, bytes=None)
"""The estimate of work of which nothing was measured."""


def estimate(work: Work, rate: Rate | None, threads: int, cores: int) -> Estimate:
    """Return what `work` takes by `rate` in jobs of so many `threads` on a machine of so many `cores`.

    As many jobs as the cores have threads for run side by side, in rounds that each take as long as one job. A job
    holds its threads while it starts, too.
    """
    if rate is None or not work.jobs:
        return UNKNOWN
    threads = max(1, min(threads, cores))
    at_once = max(1, cores // threads)
    one_by_one = work.jobs * (rate.start + SCHEDULING) + work.units * rate.seconds / threads
    rounds = -(-work.jobs // at_once)
    written = work.stored * rate.bytes
    return Estimate(
        seconds=one_by_one * rounds / work.jobs,
        core_seconds=one_by_one * threads,
        bytes=written,
        largest=written / work.jobs,
    )


def scale(whole: Estimate, part: float) -> Estimate:
    """Return the estimate of a `part` of the work, from 0 to 1; the largest job stays as large."""
    if whole.seconds is None or whole.core_seconds is None or whole.bytes is None:
        return whole
    return Estimate(
        seconds=part * whole.seconds,
        core_seconds=part * whole.core_seconds,
        bytes=part * whole.bytes,
        largest=whole.largest,
    )


def together(estimates: Iterable[Estimate], cores: int) -> tuple[float, bool]:
    """Return the seconds in which so many `cores` do all of `estimates`, and whether each of these is known."""
    rows: Sequence[Estimate] = list(estimates)
    core_seconds = [row.core_seconds for row in rows if row.core_seconds is not None]
    longest = max((row.seconds or 0.0 for row in rows), default=0.0)
    return max(sum(core_seconds) / cores, longest), len(core_seconds) == len(rows)


def disk(estimates: Iterable[Estimate]) -> float:
    """Return the bytes of disk that `estimates` need: a shard is there twice while its parts are put together."""
    rows = list(estimates)
    return sum(row.bytes or 0.0 for row in rows) + max((row.largest for row in rows), default=0.0)
