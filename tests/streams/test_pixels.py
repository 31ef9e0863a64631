"""What differs between the frames or the flow of training and those here, and what is rounding alone."""

import pytest

from twostream.config import check
from twostream.streams import pixels

FLOW = check.check({"flow": {"backend": "fused"}})["flow"]


def flow(**changed):
    return {"stage": "compute_flow", "settings": FLOW | {"deinterlace": False, "decoder": "a"} | changed}


@pytest.mark.parametrize(
    ("changed", "serious", "slight"),
    [
        ({}, [], []),
        ({"bound": 10}, ["flow.bound was 20 in training and is 10 here"], []),
        ({"short_side": 64}, ["flow.short_side was 256 in training and is 64 here"], []),
        ({"tvl1": FLOW["tvl1"] | {"scales": 2}}, ["flow.tvl1.scales was 5 in training and is 2 here"], []),
        ({"deinterlace": True}, ["flow.deinterlace was False in training and is True here"], []),
        ({"backend": "opencv"}, [], ["flow.backend was fused in training and is opencv here"]),
        ({"a setting of a later version": 1}, [], []),
        ({"codec": "jpeg"}, [], ["flow.codec was zstd in training and is jpeg here"]),
        ({"dis": {"preset": "fast"}, "decoder": "b", "rounding": "c"}, [], []),
    ],
    ids=str,
)
def test_what_changes_what_a_byte_means_is_told_apart_from_rounding(changed, serious, slight):
    rows = pixels.differences(flow(), flow(**changed))
    assert [str(row) for row in rows if not row.is_slight] == serious
    assert [str(row) for row in rows if row.is_slight] == slight


def test_another_algorithm_and_imported_flow_are_other_flow():
    names = [row.setting for row in pixels.differences(flow(), flow(backend="dis")) if not row.is_slight]
    assert "flow.algorithm" in names and not any("farneback" in name for name in names)
    imported = {"stage": "import_flow", "settings": {"archive": "/x", "bound": 20.0}}
    assert any(
        row.setting == "flow.algorithm" and row.here == "imported" for row in pixels.differences(flow(), imported)
    )
    assert pixels.differences(imported, imported | {"settings": {"archive": "/y", "bound": 20}}) == []


def test_nothing_is_said_where_it_is_not_known(tmp_path):
    assert pixels.differences({}, flow()) == pixels.differences(flow(), {}) == []
    assert pixels.of_stacks(tmp_path / "flow.h5") == {}
