"""Plots of the report: rows in, a Vega-Lite description out, of which the page makes both its plots.

The one drawn beforehand stands where there is no JavaScript; the other answers to the pointer. Colours
are of middling lightness, so that they serve on white and on black; the page's style colours all text.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import altair as alt
import vl_convert

Rows = Sequence[dict[str, Any]]
Spec = dict[str, Any]

WIDTH = 680
COLOURS = ["#2f7fe0", "#d9730d", "#1f9d63", "#a259d9", "#d6457a", "#0f95a8", "#97801a", "#7a6ff0", "#c0522f", "#6b7d8f"]
BETTER, WORSE, NEUTRAL = COLOURS[2], COLOURS[4], COLOURS[9]
PERCENT = "top-1, %"
HEIGHT_A_ROW = 22
CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2))
"""Of the triangle in which three weights are drawn."""


def svg(spec: Spec) -> str:
    """The plot as an SVG that needs no script."""
    return vl_convert.vegalite_to_svg(spec)


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def accuracies(rows: Rows) -> Spec:
    """Rows of `name`, `top1`, `low`, `high`, `kind`: a point each, with its interval."""
    base = _chart(rows).encode(
        y=alt.Y("name:N", sort=None, title=None),
        color=alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["stream", "fused"], range=COLOURS[:2])),
        tooltip=_tips("name:N", "top1:Q", "low:Q", "high:Q"),
    )
    whisker = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=PERCENT, scale=alt.Scale(zero=False, nice=True)), x2="high:Q"
    )
    return _finished(whisker + base.mark_point(filled=True, size=140, opacity=1).encode(x="top1:Q"), rows=len(rows) + 1)


def weight_curve(rows: Rows, streams: Sequence[str]) -> Spec:
    """Rows of `weight` (of the first of two streams) and `top1`, some with `name`: those of the table."""
    rows = [{"name": ""} | row for row in rows]
    base = _chart(rows).encode(
        x=alt.X("weight:Q", title=f"weight of {streams[0]} (the rest: {streams[1]})"),
        y=alt.Y("top1:Q", title=PERCENT, scale=alt.Scale(zero=False)),
        tooltip=_tips("weight:Q", "top1:Q", "name:N"),
    )
    line = base.mark_line(color=COLOURS[0], point=alt.OverlayMarkDef(size=22, color=COLOURS[0]))
    named = base.transform_filter("isValid(datum.name) && datum.name != ''")
    dots = named.mark_point(filled=True, size=110, color=COLOURS[1], opacity=1)
    return _finished(line + dots + named.mark_text(dy=-12, fontWeight=600).encode(text="name:N"), height=280)


def ternary(rows: Rows, streams: Sequence[str]) -> Spec:
    """Rows of the three `weights` (a list) and `top1`: a triangle whose corners are the streams."""
    points = [row | {"x": _mean(row["weights"], 0), "y": _mean(row["weights"], 1)} for row in rows]
    points = [point | dict(zip(("w1", "w2", "w3"), point["weights"], strict=True)) for point in points]
    named = [{"x": x, "y": y, "name": name} for (x, y), name in zip(CORNERS, streams, strict=True)]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.1, 1.1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.1, 0.95], nice=False))
    tips = [alt.Tooltip(f"w{place}:Q", title=name) for place, name in enumerate(streams, 1)]
    dots = (
        _chart(points)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x,
            y,
            tooltip=[*tips, *_tips("top1:Q")],
            color=alt.Color("top1:Q", title=PERCENT, scale=alt.Scale(scheme="viridis")),
        )
    )
    below = _chart(named[:2]).mark_text(dy=18, fontWeight=600).encode(x, y, text="name:N")
    above = _chart(named[2:]).mark_text(dy=-14, fontWeight=600).encode(x, y, text="name:N")
    return _finished(dots + below + above, height=420, widest=620)


def gains(rows: Rows) -> Spec:
    """Rows of `class_name`, `gain` and `fused`: a bar each."""
    chart = (
        _chart(rows)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("gain:Q", title="points of top-1 over the best single stream"),
            color=alt.condition("datum.gain < 0", alt.value(WORSE), alt.value(BETTER)),
            tooltip=_tips("class_name:N", "gain:Q", "fused:Q"),
        )
    )
    return _finished(chart, rows=len(rows))


def confusion(rows: Rows) -> Spec:
    """Rows of `right`, `taken_for`, `videos` and `share`: a square each."""
    base = _chart(rows).encode(
        x=alt.X("taken_for:N", sort=None, title="taken for", axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("right:N", sort=None, title="is"),
        tooltip=_tips("right:N", "taken_for:N", "videos:Q", "share:Q"),
    )
    squares = base.mark_rect().encode(
        opacity=alt.Opacity("share:Q", legend=None, scale=alt.Scale(domain=[0, 100], range=[0.06, 0.85])),
        color=alt.condition("datum.right == datum.taken_for", alt.value(BETTER), alt.value(WORSE)),
    )
    numbers = base.transform_filter("datum.videos > 0").mark_text().encode(text="videos:Q")
    names = {row["right"] for row in rows}
    return _finished(squares + numbers, rows=2 + len(names), widest=200 + 70 * len(names))


def training(rows: Rows, title: str) -> Spec:
    """Rows of `epoch`, `value` and `line`: how `value` went, a line each."""
    chart = (
        _chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=26))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
            color=_told_apart("line:N", [row["line"] for row in rows]),
            tooltip=_tips("line:N", "epoch:Q", "value:Q"),
        )
    )
    return _finished(chart, height=240)


def reliability(rows: Rows) -> Spec:
    """Rows of `confidence`, `accuracy` (percent), `videos` and `line`: on the diagonal is as good as its word."""
    base = _chart(rows).encode(
        x=alt.X("confidence:Q", title="confidence, %", scale=alt.Scale(domain=[0, 100])),
        y=alt.Y("accuracy:Q", title="right, %", scale=alt.Scale(domain=[0, 100])),
        color=_told_apart("line:N", [row["line"] for row in rows]),
        tooltip=_tips("line:N", "confidence:Q", "accuracy:Q", "videos:Q"),
    )
    diagonal = _chart([{"x": 0, "y": 0}, {"x": 100, "y": 100}]).mark_line(strokeDash=[4, 4], color=NEUTRAL)
    dots = base.mark_point(filled=True, opacity=1).encode(
        size=alt.Size("videos:Q", legend=None, scale=alt.Scale(range=[12, 300]))
    )
    return _finished(diagonal.encode(x="x:Q", y="y:Q") + base.mark_line(strokeWidth=1.2) + dots, height=320)


def videos(rows: Rows) -> Spec:
    """Rows of `class_name`, `split` and `videos`: a bar a class, parted by split."""
    chart = (
        _chart(rows)
        .mark_bar()
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("videos:Q", title="videos"),
            color=_told_apart("split:N", [row["split"] for row in rows]),
            tooltip=_tips("class_name:N", "split:N", "videos:Q"),
        )
    )
    return _finished(chart, rows=len({row["class_name"] for row in rows}))


def lengths(rows: Rows) -> Spec:
    """Rows of `first`, `last` (frames) and `videos`: how long the videos are."""
    bins = [row | {"left": row["first"] - 0.5, "right": row["last"] + 0.5, "none": 0} for row in rows]
    chart = (
        _chart(bins)
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


def seconds(rows: Rows) -> Spec:
    """Rows of `stage` and `seconds`."""
    chart = (
        _chart(rows)
        .mark_bar(color=COLOURS[0], cornerRadius=2)
        .encode(
            y=alt.Y("stage:N", sort=None, title=None),
            x=alt.X("seconds:Q", title="seconds of work, whenever it was done"),
            tooltip=_tips("stage:N", "seconds:Q"),
        )
    )
    return _finished(chart, rows=len(rows))


def _chart(rows: Rows) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _mean(weights: Sequence[float], axis: int) -> float:
    return sum(weight * corner[axis] for weight, corner in zip(weights, CORNERS, strict=True)) / sum(weights)


def _tips(*fields: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(field, title=field.split(":")[0].replace("_", " ")) for field in fields]


def _told_apart(field: str, names: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=list(dict.fromkeys(names)), range=COLOURS)
    return alt.Color(field, title=None, scale=scale, legend=alt.Legend(orient="top", symbolSize=120))


def _finished(chart: alt.Chart | alt.LayerChart, height: int = 0, rows: int = 0, widest: int = 2000) -> Spec:
    """The description, `height` pixels high or as many as `rows` of text need, and never wider than `widest`."""
    sized = chart.properties(
        width=min(WIDTH, widest),
        height=height or max(60, HEIGHT_A_ROW * rows),
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
    return json.loads(sized.to_json(indent=None)) | {"config": config}
