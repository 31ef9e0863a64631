from itertools import pairwise

from twostream.cache.provenance import Stage
from twostream.report import lineage


def stage(name: str, *upstream: str) -> Stage:
    return Stage(name, name, {}, {}, upstream=list(upstream))


def test_each_stage_stands_below_all_that_it_is_made_from():
    stages = [stage("index"), stage("flow", "index"), stage("stream", "flow", "index"), stage("fuse", "stream")]
    drawn = lineage.draw(stages)
    heights = [box.y for box in drawn.boxes]
    assert heights == sorted(set(heights))
    assert drawn.height > max(heights) + lineage.HEIGHT


def test_an_arrow_that_others_imply_is_left_out():
    drawn = lineage.draw([stage("index"), stage("flow", "index"), stage("stream", "flow", "index")])
    assert len(drawn.edges) == 2


def test_streams_stand_side_by_side_without_touching():
    drawn = lineage.draw([stage("index"), *(stage(f"stream{n}", "index") for n in range(10))])
    left = sorted(box.x for box in drawn.boxes if box.stage != "index")
    assert all(b - a > lineage.WIDTH for a, b in pairwise(left))
    assert left[0] > 0 and left[-1] + lineage.WIDTH < drawn.width


def test_what_is_not_known_is_not_drawn():
    assert lineage.draw([stage("fuse", "elsewhere")]).edges == ()
