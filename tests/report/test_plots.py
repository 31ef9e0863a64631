from typing import Any

import pytest

from support.reports import made_up
from twostream.report import plots
from twostream.report.sections import answer, confidence, weights


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return made_up()


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all rows of data in a plot."""
    parts = [spec, *spec.get("layer", [])]
    return [row for part in parts for row in (part.get("data") or {}).get("values", [])]


def test_the_average_the_chosen_weights_and_the_oracle_stand_on_the_curve(report):
    points = {row["role"]: row for row in rows(weights.weights(report)["plot"].spec) if "role" in row}
    average = next(row for row in report["fusion"] if (row["strategy"], row["selected_on"]) == ("average", "nothing"))
    assert (points["average"]["weight"], points["average"]["top1"]) == (0.5, average["top1"])
    assert points[plots.ORACLE]["top1"] == max(point["top1"] for point in report["curve"])
    chosen = next(row for row in report["fusion"] if row["strategy"] == "weighted")["params"]["chosen"][0]["weights"]
    assert points["chosen"]["weight"] == pytest.approx(chosen["spatial"] / sum(chosen.values()), abs=0.01)


def test_the_curve_has_its_band(report):
    band = [row for row in rows(weights.weights(report)["plot"].spec) if "low" in row]
    assert len(band) == 101
    assert all(row["low"] <= row["top1"] <= row["high"] for row in band)


def test_the_landscape_frames_its_highest_cells(report):
    cells = rows(weights.weights(report)["landscape"].spec)
    highest = max(cell["top1"] for cell in report["landscape"])
    assert {cell["top1"] for cell in cells if cell["best"]} == {highest}
    assert all(cell["top1"] < highest for cell in cells if not cell["best"])


def test_confidence_is_drawn_before_and_after_a_temperature(report):
    points = [row for row in rows(confidence.calibration(report)["plot"].spec) if "line" in row]
    assert {(row["line"], row["stage"]) for row in points} == {
        (name, stage) for name in ("spatial", "temporal", "fused") for stage in ("before", "after")
    }


def test_no_line_leads_to_a_bin_of_few_videos(report):
    spec = confidence.calibration(report)["plot"].spec
    filters = {str(part["mark"]["type"]): str(part.get("transform")) for part in spec["layer"] if "transform" in part}
    assert f"datum.videos >= {plots.FEWEST}" in filters["line"]
    grey = [part for part in spec["layer"] if f"datum.videos < {plots.FEWEST}" in str(part.get("transform"))]
    assert grey[0]["encoding"]["color"] == {"value": "#6b7d8f"}


def test_the_bar_of_agreement_has_every_test_video(report):
    parts = rows(answer.answer(report)["why"].spec)
    assert sum(row["videos"] for row in parts) == 120
    assert {row["fused"] for row in parts} <= {"right", "wrong"}


def test_one_stream_has_no_gain_and_no_bar():
    content = answer.answer(made_up(streams=1))
    assert (content["why"], content["gains"], content["lines"]) == (None, [], [])
