import json
import re

import pytest

from twostream import atomic, fusion, index, provenance, report
from twostream.metrics import np

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def page(tmp_path):
    """A report of two classes, one of them with a hostile name, as is one bad video."""
    video = index.Video("A/a.avi", 0, "test", "g01", 9, 8, 8, 25.0, "digest")
    made = index.Index(("A", HOSTILE), (video,), (index.BadVideo(f"A/{HOSTILE}.avi", HOSTILE),))
    (tmp_path / "index").mkdir()
    index_file = tmp_path / "index" / "index.json"
    with provenance.recorded("index", index_file, {"split": HOSTILE}, []):
        atomic.write_text(index_file, index.write(made))
    scores = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    test = fusion.Test(
        ("spatial", "temporal"), scores, np.array([0]), np.array(["g01"]), ("A/a.avi",), made.class_names
    )
    bootstrap = fusion.Bootstrap(100, 0)
    found = {
        "streams": list(fusion.stream_rows(test, bootstrap)),
        "fusion": list(fusion.fusion_rows(test, fusion.search(test, 0.5), bootstrap)),
        "class_names": list(made.class_names),
        "confusion": {"fused": [[1, 0], [0, 0]]},
    }
    (tmp_path / "fuse").mkdir()
    fusion_file = tmp_path / "fuse" / "fusion.json"
    with provenance.recorded("fuse", fusion_file, {}, [index_file]):
        atomic.write_json(fusion_file, found)
    history = tmp_path / "history.csv"
    history.write_text("Epoch,Batch Time,Data Time,Loss,Prec@1,Prec@5,lr\n1,0.5,0.01,2.1,10.0,50.0,0.01\n")
    return report.collect(fusion_file, index_file, {"spatial": history}, {"title": HOSTILE})


def test_names_from_outside_are_escaped(page):
    html = report.render(page)
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_the_page_needs_no_network(page):
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\(|https?:""", report.render(page))


def test_rows_have_the_agreed_fields(page):
    assert {"stream", "split", "top1", "top5"} <= page["streams"][0].keys()
    for row in page["fusion"]:
        assert {"strategy", "streams", "params", "selected_on", "top1", "top5", "ci95"} <= row.keys()
        assert 0 <= row["ci95"][0] <= row["top1"] <= row["ci95"][1] <= 100
    assert json.loads(json.dumps(page)) == page


def test_figures_tables_and_bad_videos_are_shown(page):
    html = report.render(page)
    for shown in ("100.0 %", "Prec@1", "Bad videos", "leave-one-group-out", "Batch Time"):
        assert shown in html


def test_every_stage_is_listed_with_its_settings_and_cost(page):
    assert [stage["stage"] for stage in page["stages"]] == ["index", "fuse"]
    assert page["stages"][0]["settings"] == {"split": HOSTILE}
    assert page["stages"][0]["bytes"] > 0
    assert "python" in page["stages"][0]["versions"]
