from itertools import pairwise

from twostream.report import lineage
from twostream.report.contents import StageRow


def stage(name: str, *upstream: str) -> StageRow:
    """Return a stage whose key is its name."""
    return {
        "stage": name,
        "key": name,
        "settings": {},
        "versions": {},
        "outputs": [],
        "upstream": list(upstream),
        "seconds": 1.0,
        "bytes": 1,
    }


def test_each_stage_stands_below_all_that_it_is_made_from():
    stages = [stage("index"), stage("flow", "index"), stage("stream", "flow", "index"), stage("fuse", "stream")]
    graph = lineage.draw(stages)
    heights = [box.y for box in graph.boxes]
    assert heights == sorted(set(heights))
    assert graph.height > max(heights) + lineage.HEIGHT


def test_an_arrow_that_other_arrows_imply_is_left_out():
    graph = lineage.draw([stage("index"), stage("flow", "index"), stage("stream", "flow", "index")])
    assert len(graph.edges) == 2


def test_streams_stand_side_by_side_without_touching():
    graph = lineage.draw([stage("index"), *(stage(f"stream{n}", "index") for n in range(10))])
    left = sorted(box.x for box in graph.boxes if box.stage != "index")
    assert all(b - a > lineage.WIDTH for a, b in pairwise(left))
    assert left[0] > 0 and left[-1] + lineage.WIDTH < graph.width


def test_a_stage_that_is_not_listed_gets_no_arrow():
    assert lineage.draw([stage("fuse", "elsewhere")]).edges == ()
