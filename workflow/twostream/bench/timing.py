"""Side-by-side timings: machines are noisy, so the ways that are compared take turns in one run."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from twostream import text


def take_turns(ways: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each way in each of `rounds`; all ways run once in a round, in turn."""
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
    print(text.table([names, *([_cell(row.get(name, "")) for name in names] for row in rows)]))
    print(json.dumps(ratios))


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
