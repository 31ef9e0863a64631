"""Side-by-side timings: machines are noisy, so the ways that are compared take turns in one run."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from twostream import text

Result = tuple[list[dict[str, Any]], dict[str, Any]]
"""What a benchmark measures: the rows of its table, and the figures of its last line."""


def take_turns(ways: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each way in each of so many `rounds`; in a round each way runs once, one after another."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def speedup(seconds: Mapping[str, Sequence[float]], fast: str, slow: str) -> float:
    """Return how many times faster `fast` is than `slow`: the median over the rounds of each round's ratio."""
    return median(b / a for a, b in zip(seconds[fast], seconds[slow], strict=True))


def show(rows: Sequence[Mapping[str, Any]], ratios: Mapping[str, Any]) -> None:
    """Print `rows` as a table and, as the last line, `ratios` as one JSON object."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    print(text.table([names, *([cell(row.get(name, "")) for name in names] for row in rows)]))
    print(json.dumps(ratios))


def cell(value: object) -> str:
    """Return `value` as a cell of a table, a float to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
