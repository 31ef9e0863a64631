"""A picture of what was made from what: the stages as boxes, from top to bottom."""

from collections.abc import Iterable
from dataclasses import dataclass

from twostream.cache.provenance import Stage

WIDTH, HEIGHT = 132, 42
GAP, FALL = 18, 40
"""Pixels between boxes side by side, and from one row to the next."""


@dataclass(frozen=True)
class Box:
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


def draw(stages: Iterable[Stage]) -> Graph:
    """A box a stage, each one row below the lowest that it was made from."""
    known = {stage.key: stage for stage in stages}
    level: dict[str, int] = {}
    for key, stage in known.items():  # what a stage is made from stands before it
        level[key] = 1 + max((level[up] for up in stage.upstream if up in level), default=-1)
    rows = [[key for key in known if level[key] == depth] for depth in range(max(level.values(), default=-1) + 1)]
    widest = max((len(row) for row in rows), default=0)
    width = widest * (WIDTH + GAP) + GAP
    boxes = {
        key: Box(known[key].stage, key, width / 2 + (place - len(row) / 2) * (WIDTH + GAP) + GAP / 2, y)
        for depth, row in enumerate(rows)
        for place, key in enumerate(row)
        for y in [GAP + depth * (HEIGHT + FALL)]
    }
    edges = [
        _edge(boxes[up], boxes[key])
        for key, stage in known.items()
        for up in stage.upstream
        if up in boxes and not _is_implied(up, stage, known)
    ]
    return Graph(tuple(boxes.values()), tuple(edges), width, len(rows) * (HEIGHT + FALL))


def _is_implied(up: str, stage: Stage, known: dict[str, Stage]) -> bool:
    """Whether `stage` rests on `up` through something else too, so that an arrow would tell nothing."""
    others = [known[key] for key in stage.upstream if key != up and key in known]
    return any(up in other.upstream or _is_implied(up, other, known) for other in others)


def _edge(above: Box, below: Box) -> str:
    x1, y1, x2, y2 = above.x + WIDTH / 2, above.y + HEIGHT, below.x + WIDTH / 2, below.y
    middle = (y1 + y2) / 2
    return f"M{x1:g} {y1:g}C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"
