"""Plots of the report: points in, a Vega-Lite description out, from which the page gets two drawings.

The first is an SVG for readers without JavaScript; the second, drawn in the browser, answers to the pointer. Colours
are of middle lightness, so that they serve on white and on black; the page's style colours all text.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypedDict

import altair as alt
import vl_convert

from twostream.fusion.contract import CurvePoint
from twostream.report.contents import LengthBin
from twostream.report.derive import ClassGain, ReliabilityPoint

Spec = dict[str, Any]
"""A Vega-Lite description."""

WIDTH = 680
COLOURS = ["#2f7fe0", "#d9730d", "#1f9d63", "#a259d9", "#d6457a", "#0f95a8", "#97801a", "#7a6ff0", "#c0522f", "#6b7d8f"]
BETTER, WORSE, NEUTRAL = COLOURS[2], COLOURS[4], COLOURS[9]
PERCENT = "top-1, %"
ROW_HEIGHT = 22
CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2))
"""Of the triangle in which three weights are drawn."""

inline_data: Callable[..., alt.Data] = alt.Data
"""Altair's class, which has no types of its own."""


class AccuracyPoint(TypedDict):
    """Top-1 of a `stream` or of what was `fused` (`kind`), with its interval."""

    name: str
    kind: str
    top1: float
    low: float
    high: float


class WeightPoint(TypedDict):
    """Top-1 by the weight of the first of two streams; `name` is that of a rule with this weight, or empty."""

    name: str
    weight: float
    top1: float


class EpochPoint(TypedDict):
    """A value of an epoch; `line` is the curve that it belongs to."""

    epoch: int
    value: float
    line: str


class SubsetBar(TypedDict):
    """The number of videos of a class in a subset, which the legend calls `split`."""

    class_name: str
    split: str
    videos: int


class StageBar(TypedDict):
    """The seconds that a stage took."""

    stage: str
    seconds: float


def svg(spec: Spec) -> str:
    """Return the plot as an SVG, which needs no script."""
    return vl_convert.vegalite_to_svg(spec)


@cache
def library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def accuracies(points: Sequence[AccuracyPoint]) -> Spec:
    """Return a plot with a row for each point and its interval."""
    base = _chart(points).encode(
        y=alt.Y("name:N", sort=None, title=None),
        color=alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["stream", "fused"], range=COLOURS[:2])),
        tooltip=_tips("name:N", "top1:Q", "low:Q", "high:Q"),
    )
    whisker = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=PERCENT, scale=alt.Scale(zero=False, nice=True)), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(x="top1:Q")
    return _finished(whisker + dots, rows=len(points) + 1)


def weight_curve(points: Sequence[WeightPoint], streams: Sequence[str]) -> Spec:
    """Return the curve of top-1 by the weight of the first of two streams; points with a name bear it."""
    base = _chart(points).encode(
        x=alt.X("weight:Q", title=f"weight of {streams[0]} (the rest: {streams[1]})"),
        y=alt.Y("top1:Q", title=PERCENT, scale=alt.Scale(zero=False)),
        tooltip=_tips("weight:Q", "top1:Q", "name:N"),
    )
    line = base.mark_line(color=COLOURS[0], point=alt.OverlayMarkDef(size=22, color=COLOURS[0]))
    named = base.transform_filter("isValid(datum.name) && datum.name != ''")
    dots = named.mark_point(filled=True, size=110, color=COLOURS[1], opacity=1)
    return _finished(line + dots + named.mark_text(dy=-12, fontWeight=600).encode(text="name:N"), height=280)


def ternary(curve: Sequence[CurvePoint], streams: Sequence[str]) -> Spec:
    """Return the map of top-1 by the weights of three streams: a triangle whose corners are the streams."""
    names = [{"x": x, "y": y, "name": name} for (x, y), name in zip(CORNERS, streams, strict=True)]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.1, 1.1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.1, 0.95], nice=False))
    tips = [alt.Tooltip(f"w{number}:Q", title=name) for number, name in enumerate(streams, 1)]
    dots = (
        _chart([_in_triangle(point) for point in curve])
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x,
            y,
            tooltip=[*tips, *_tips("top1:Q")],
            color=alt.Color("top1:Q", title=PERCENT, scale=alt.Scale(scheme="viridis")),
        )
    )
    below = _chart(names[:2]).mark_text(dy=18, fontWeight=600).encode(x, y, text="name:N")
    above = _chart(names[2:]).mark_text(dy=-14, fontWeight=600).encode(x, y, text="name:N")
    return _finished(dots + below + above, height=420, widest=620)


def gains(rows: Sequence[ClassGain]) -> Spec:
    """Return a plot with a bar for the gain of each class."""
    chart = (
        _chart(rows)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("gain:Q", title="points of top-1 over the class' own best stream"),
            color=alt.condition("datum.gain < 0", alt.value(WORSE), alt.value(BETTER)),
            tooltip=_tips("class_name:N", "gain:Q", "fused:Q", "best_stream:N", "best:Q", "videos:Q"),
        )
    )
    return _finished(chart, rows=len(rows))


def training(points: Sequence[EpochPoint], title: str) -> Spec:
    """Return a plot of values by epoch, with the lines told apart by colour."""
    chart = (
        _chart(points)
        .mark_line(point=alt.OverlayMarkDef(size=26))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
            color=_colours("line:N", [point["line"] for point in points]),
            tooltip=_tips("line:N", "epoch:Q", "value:Q"),
        )
    )
    return _finished(chart, height=240)


def reliability(points: Sequence[ReliabilityPoint]) -> Spec:
    """Return the reliability curves; on the diagonal, accuracy is what confidence promises."""
    base = _chart(points).encode(
        x=alt.X("confidence:Q", title="confidence, %", scale=alt.Scale(domain=[0, 100])),
        y=alt.Y("accuracy:Q", title="right, %", scale=alt.Scale(domain=[0, 100])),
        color=_colours("line:N", [point["line"] for point in points]),
        tooltip=_tips("line:N", "confidence:Q", "accuracy:Q", "videos:Q"),
    )
    diagonal = _chart([{"x": 0, "y": 0}, {"x": 100, "y": 100}]).mark_line(strokeDash=[4, 4], color=NEUTRAL)
    dots = base.mark_point(filled=True, opacity=1).encode(
        size=alt.Size("videos:Q", legend=None, scale=alt.Scale(range=[12, 300]))
    )
    return _finished(diagonal.encode(x="x:Q", y="y:Q") + base.mark_line(strokeWidth=1.2) + dots, height=320)


def videos(bars: Sequence[SubsetBar]) -> Spec:
    """Return a plot with a bar a class, each in parts by subset."""
    chart = (
        _chart(bars)
        .mark_bar()
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("videos:Q", title="videos"),
            color=_colours("split:N", [bar["split"] for bar in bars]),
            tooltip=_tips("class_name:N", "split:N", "videos:Q"),
        )
    )
    return _finished(chart, rows=len({bar["class_name"] for bar in bars}))


def lengths(bins: Sequence[LengthBin]) -> Spec:
    """Return a histogram of the number of frames."""
    rows = [{**each, "left": each["first"] - 0.5, "right": each["last"] + 0.5, "none": 0} for each in bins]
    chart = (
        _chart(rows)
        .mark_rect(color=COLOURS[0])
        .encode(
            x=alt.X(
                "left:Q",
                title="frames",
                scale=alt.Scale(zero=False, nice=False),
                axis=alt.Axis(tickMinStep=1, format="d"),
            ),
            x2="right:Q",
            y=alt.Y("videos:Q", title="videos"),
            y2="none:Q",
            tooltip=_tips("first:Q", "last:Q", "videos:Q"),
        )
    )
    return _finished(chart, height=180)


def seconds(bars: Sequence[StageBar]) -> Spec:
    """Return a plot with a bar for the seconds of each stage."""
    chart = (
        _chart(bars)
        .mark_bar(color=COLOURS[0], cornerRadius=2)
        .encode(
            y=alt.Y("stage:N", sort=None, title=None),
            x=alt.X("seconds:Q", title="seconds of work, whenever it was done"),
            tooltip=_tips("stage:N", "seconds:Q"),
        )
    )
    return _finished(chart, rows=len(bars))


def _chart(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    return alt.Chart(inline_data(values=list(rows)))


def _in_triangle(point: CurvePoint) -> dict[str, float]:
    """Return where the point lies in the triangle, its three weights, and its top-1."""
    first, second, third = point["weights"]
    x, y = (_weighted_mean(point["weights"], axis) for axis in (0, 1))
    return {"x": x, "y": y, "w1": first, "w2": second, "w3": third, "top1": point["top1"]}


def _weighted_mean(weights: Sequence[float], axis: int) -> float:
    """Return the mean of the corners, on one axis."""
    return sum(weight * corner[axis] for weight, corner in zip(weights, CORNERS, strict=True)) / sum(weights)


def _tips(*fields: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(field, title=field.split(":")[0].replace("_", " ")) for field in fields]


def _colours(field: str, names: Iterable[str]) -> alt.Color:
    """Return a colour for each of `names`, with a legend."""
    scale = alt.Scale(domain=list(dict.fromkeys(names)), range=COLOURS)
    return alt.Color(field, title=None, scale=scale, legend=alt.Legend(orient="top", symbolSize=120))


def _finished(chart: alt.Chart | alt.LayerChart, height: int = 0, rows: int = 0, widest: int = 2000) -> Spec:
    """Return the description, `height` pixels high or as high as `rows` of text, and never wider than `widest`."""
    sized = chart.properties(
        width=min(WIDTH, widest),
        height=height or max(60, ROW_HEIGHT * rows),
        background="transparent",
        usermeta={"widest": widest},
        padding={"left": 12, "right": 8, "top": 5, "bottom": 5},
    )
    config = {
        "font": "system-ui, sans-serif",
        "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 200, "titleFontWeight": 500},
        "legend": {"labelFontSize": 12, "titleFontSize": 12},
        "text": {"fontSize": 12},
        "view": {"stroke": None},
    }
    spec: Spec = json.loads(sized.to_json(indent=None))
    return spec | {"config": config}
