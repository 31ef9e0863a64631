import pytest

from support.reports import made_up
from twostream.report import agreement


def findings(label, fused, **streams):
    predictions = {"video": [str(n) for n in range(len(label))], "label": label}
    return {
        "streams": [{"stream": name} for name in streams],
        "predictions": predictions | {"predicted": {"fused": fused, **streams}},
    }


def test_videos_are_counted_by_the_streams_that_are_right():
    parts = agreement.parts(findings([0] * 6, [0, 0, 1, 0, 0, 1], a=[0, 0, 0, 1, 1, 1], b=[0, 0, 1, 0, 1, 1]))
    assert [(part["name"], part["videos"], part["fused_right"]) for part in parts] == [
        ("both", 2, 2),
        ("only a", 1, 0),
        ("only b", 1, 1),
        ("neither", 2, 1),
    ]


@pytest.mark.parametrize("streams", [2, 3, 4, 10])
def test_every_test_video_is_in_one_part(streams):
    report = made_up(streams=streams)
    parts = agreement.parts(report)
    assert sum(part["videos"] for part in parts) == 120
    predicted, label = report["predictions"]["predicted"]["fused"], report["predictions"]["label"]
    right = sum(one == other for one, other in zip(predicted, label, strict=True))
    assert sum(part["fused_right"] for part in parts) == right


def test_one_stream_has_nothing_to_agree_with():
    assert agreement.parts(findings([0], [0], a=[0])) == []


def test_where_one_stream_is_right_the_colour_is_its_own():
    report = findings([0, 0], [0, 0], a=[0, 1], b=[1, 0])
    colours = agreement.colour_of(agreement.parts(report), ["a", "b"])
    assert len(set(colours.values())) == 4
    assert colours["only a"] == "#2f7fe0"
