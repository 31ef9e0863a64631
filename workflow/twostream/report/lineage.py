"""A picture of what was made from what: the stages as boxes, from top to bottom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twostream.report.contents import StageRow

WIDTH, HEIGHT = 132, 42
"""Pixels of a box."""
GAP, FALL = 18, 40
"""Pixels between boxes side by side, and from one row to the next."""


@dataclass(frozen=True)
class Box:
    """A stage in the picture; `x` and `y` are those of its upper left corner."""

    stage: str
    key: str
    x: float
    y: float


@dataclass(frozen=True)
class Graph:
    """Boxes and the paths between them, in a picture of `width` by `height` pixels."""

    boxes: tuple[Box, ...]
    edges: tuple[str, ...]
    width: int
    height: int


def draw(stages: Iterable[StageRow]) -> Graph:
    """Return a graph with a box a stage, each one row below the lowest stage that it was made from.

    A stage must come after those that it was made from.
    """
    by_key = {stage["key"]: stage for stage in stages}
    rows = _rows(by_key)
    width = max((len(row) for row in rows), default=0) * (WIDTH + GAP) + GAP
    boxes = {
        key: box
        for depth, row in enumerate(rows)
        for key, box in zip(row, _row_of_boxes([by_key[key] for key in row], depth, width), strict=True)
    }
    edges = [
        _edge(boxes[up], boxes[key])
        for key, stage in by_key.items()
        for up in stage["upstream"]
        if up in boxes and not _is_implied(up, stage, by_key)
    ]
    return Graph(tuple(boxes.values()), tuple(edges), width, len(rows) * (HEIGHT + FALL))


def _rows(by_key: Mapping[str, StageRow]) -> list[list[str]]:
    """Return the keys of each row of boxes, the uppermost row first."""
    depths: dict[str, int] = {}
    for key, stage in by_key.items():
        depths[key] = 1 + max((depths[up] for up in stage["upstream"] if up in depths), default=-1)
    number = 1 + max(depths.values(), default=-1)
    return [[key for key in by_key if depths[key] == depth] for depth in range(number)]


def _row_of_boxes(stages: list[StageRow], depth: int, width: int) -> list[Box]:
    """Return the boxes of `stages` side by side, in the middle of a picture of `width` pixels."""
    left = (width - len(stages) * (WIDTH + GAP) + GAP) / 2
    y = GAP + depth * (HEIGHT + FALL)
    return [Box(stage["stage"], stage["key"], left + column * (WIDTH + GAP), y) for column, stage in enumerate(stages)]


def _is_implied(up: str, stage: StageRow, by_key: Mapping[str, StageRow]) -> bool:
    """Return whether `stage` rests on `up` through another stage too, so that an arrow would add nothing."""
    others = [by_key[key] for key in stage["upstream"] if key != up and key in by_key]
    return any(up in other["upstream"] or _is_implied(up, other, by_key) for other in others)


def _edge(above: Box, below: Box) -> str:
    """Return the path of an SVG from the bottom of one box to the top of another."""
    x1, y1, x2, y2 = above.x + WIDTH / 2, above.y + HEIGHT, below.x + WIDTH / 2, below.y
    middle = (y1 + y2) / 2
    return f"M{x1:g} {y1:g}C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"
