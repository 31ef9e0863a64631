"""What a run says last."""

import json
import os

import pytest

from twostream import ending
from twostream.cache import receipts


def report():
    streams = [
        {"stream": "rgb", "videos": 10, "top1": 30.0, "ci95": [9.75, 60.0], "best_epoch_on": "validation"},
        {"stream": "temporal", "videos": 10, "top1": 50.0, "ci95": [20.0, 80.0]},
    ]
    fusion = [{"strategy": "average", "top1": 60.0, "ci95": [30.0, 90.0], "selected_on": "nothing"}]
    history = [{"Epoch": "1", "Chosen on": "validation"}, {"Epoch": "2", "Chosen on": ""}]
    return {"streams": streams, "fusion": fusion, "training": {"rgb": history, "temporal": history}}


def test_the_result_says_accuracies_epochs_time_and_where_the_page_is(tmp_path):
    new, old = tmp_path / "new.h5", tmp_path / "old.h5"
    for path, seconds, time in ((new, 60.0, 200), (old, 3600.0, 100)):
        path.write_bytes(b"")
        receipts.write(path, seconds, {})
        os.utime(receipts.path(path), (time, time))
    numbers = tmp_path / "report.json"
    numbers.write_text(json.dumps(report()), encoding="utf-8")
    lines = ending.result(numbers, tmp_path / "a page.html", [new, old, tmp_path / "none.h5"], since=150)
    assert lines == [
        "top-1 of 10 test videos, with its 95 % interval",
        "rgb        30.0 % (9.8 to 60.0), epoch 1 of 2 (best on the validation videos)",
        "temporal   50.0 % (20.0 to 80.0)",
        "fused      60.0 % (30.0 to 90.0), average, selected on: nothing",
        "1 min 00 s of work were done, and 1 h 00 min reused from the cache",
        f"the report: {tmp_path.as_uri()}/a%20page.html",
    ]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"streams": [], "fusion": [{}]}', '{"streams": 3'])
def test_of_a_damaged_report_the_page_alone_is_named(tmp_path, content):
    numbers = tmp_path / "report.json"
    numbers.write_text(content, encoding="utf-8")
    *_, page = ending.result(numbers, tmp_path / "page.html", [], since=0)
    assert page == f"the report: {tmp_path.as_uri()}/page.html"
