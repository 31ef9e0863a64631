"""Plots of the result: accuracies, what fusion made of the streams' answers, weights, the grid, and confidence."""

from collections.abc import Sequence
from typing import TypedDict

import altair as alt

from twostream.fusion.contract import CurvePoint, LandscapeCell
from twostream.report import colours
from twostream.report.agreement import Agreement
from twostream.report.charts import Spec, chart, colour, inline_data, legend, stream_colour, tips, to_spec
from twostream.report.colours import NEUTRAL
from twostream.report.derive import ReliabilityPoint

PERCENT = "top-1, %"
CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2))
"""The corners (x, y) of the triangle in which three weights are drawn."""
FEWEST = 5
"""Videos of a bin of confidence: a bin with fewer is grey and no line leads to it."""
PALE = 0.15
"""The strength of a colour where the fusion is wrong."""
ORACLE = "best on test (oracle)"
ROLES = {"average": NEUTRAL, "chosen": colours.FUSED, ORACLE: NEUTRAL, "fixed ratio": NEUTRAL}
"""The roles of points on the curve of weights and their colours, none of a stream. Grey points differ in shape."""


class AccuracyPoint(TypedDict):
    """Top-1 of a stream or of what was `fused` (`kind`), with its interval, over `videos`."""

    name: str
    kind: str
    top1: float
    low: float
    high: float
    videos: int | None


class WeightPoint(TypedDict):
    """Top-1 by the weight of the first of two streams; `name` and `role` are those of a point with a meaning."""

    name: str
    role: str
    weight: float
    top1: float


def accuracies(points: Sequence[AccuracyPoint], streams: Sequence[str]) -> Spec:
    """Return a plot with a row for each point and its interval, in the colours of the `streams`."""
    by_name = colours.by_name(streams)
    scale = alt.Scale(domain=list(by_name), range=list(by_name.values()))
    titles = {"name": "scores", "top1": PERCENT, "low": "95 % interval, from, %", "high": "to, %"}
    titles |= {"videos": "test videos"} if any(point["videos"] for point in points) else {}
    base = chart(points).encode(
        y=alt.Y("name:N", sort=None, title=None),
        color=alt.Color("kind:N", legend=None, scale=scale),
        tooltip=tips(**titles),
    )
    whisker = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", title=PERCENT, scale=alt.Scale(zero=False, nice=True)), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(x="top1:Q")
    return to_spec(whisker + dots, rows=len(points) + 1)


def agreement(parts: Sequence[Agreement], colour_of: dict[str, str]) -> Spec:
    """Return one bar of all test videos, in parts by which streams are right, pale where the fusion is wrong."""
    names = list(colour_of)
    scale = alt.Scale(domain=names, range=list(colour_of.values()))
    rows = [
        {"part": part["name"], "order": number, "fused": fused, "strength": strength, "videos": videos}
        for number, part in enumerate(parts)
        for fused, strength, videos in (
            ("right", 1, part["fused_right"]),
            ("wrong", PALE, part["videos"] - part["fused_right"]),
        )
        if videos
    ]
    bar = (
        chart(rows)
        .mark_bar(strokeWidth=1.5)
        .encode(
            x=alt.X("videos:Q", title=None, scale=alt.Scale(nice=False)),
            fill=alt.Fill("part:N", title=None, scale=scale, legend=legend(names)),
            stroke=alt.Stroke("part:N", title=None, scale=scale, legend=legend(names)),
            fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
            order=alt.Order("order:Q"),
            tooltip=tips(part="right streams", fused="fusion is", videos="test videos"),
        )
    )
    return to_spec(bar, height=34)


def weight_curve(curve: Sequence[CurvePoint], points: Sequence[WeightPoint], streams: Sequence[str]) -> Spec:
    """Return the curve of top-1 by the weight of the first of two streams, its 95 % band, and what stands on it."""
    x = alt.X("weight:Q", title=f"weight of {streams[0]} (the rest: {streams[1]})")
    y = alt.Y("top1:Q", title=PERCENT, scale=alt.Scale(zero=False))
    rows = [{**each, "low": each["ci95"][0], "high": each["ci95"][1]} if "ci95" in each else each for each in curve]
    has_band = any("low" in row for row in rows)
    band_tips = {"low": "95 % interval, from, %", "high": "to, %"} if has_band else {}
    lines = chart(rows).encode(x=x, tooltip=tips(weight=f"weight of {streams[0]}", top1=PERCENT, **band_tips))
    line = lines.mark_line(color=NEUTRAL, point=alt.OverlayMarkDef(size=22, color=NEUTRAL)).encode(y=y)
    band = lines.mark_area(color=NEUTRAL, opacity=0.25, line=False).encode(y=alt.Y("low:Q", title=PERCENT), y2="high:Q")
    shapes = colours.shapes(list(ROLES))
    used = {role: ROLES[role] for role in ROLES if any(point["role"] == role for point in points)}
    scale = alt.Scale(domain=list(used), range=[shapes[role] for role in used])
    base = chart(points).encode(
        x=x,
        y=y,
        color=colour("role", used),
        shape=alt.Shape("role:N", title=None, legend=legend(list(used)), scale=scale),
        tooltip=tips(name="rule", role="what", weight=f"weight of {streams[0]}", top1=PERCENT),
    )
    # The oracle is a ring, so that it hides no other point on the same weight.
    rings = base.transform_filter(alt.datum.role == ORACLE).mark_point(filled=False, size=380, strokeWidth=2.5)
    dots = base.transform_filter(alt.datum.role != ORACLE).mark_point(filled=True, size=120, opacity=1)
    return to_spec(band + line + rings + dots if has_band else line + rings + dots, height=280)


def ternary(curve: Sequence[CurvePoint], streams: Sequence[str]) -> Spec:
    """Return the map of top-1 by the weights of three streams: a triangle whose corners are the streams."""
    names = [{"x": x, "y": y, "name": name} for (x, y), name in zip(CORNERS, streams, strict=True)]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.1, 1.1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.1, 0.95], nice=False))
    weights = {f"w{number}": f"weight of {name}" for number, name in enumerate(streams, 1)}
    dots = (
        chart([_in_triangle(point) for point in curve])
        .mark_point(filled=True, size=90, opacity=1, stroke=NEUTRAL, strokeWidth=1)
        .encode(
            x,
            y,
            tooltip=tips(**weights, top1=PERCENT),
            color=alt.Color("top1:Q", title=PERCENT, scale=alt.Scale(scheme="viridis")),
        )
    )
    below = chart(names[:2]).mark_text(dy=18, fontWeight=600).encode(x, y, text="name:N")
    above = chart(names[2:]).mark_text(dy=-14, fontWeight=600).encode(x, y, text="name:N")
    return to_spec(dots + below + above, height=420, widest=620)


TILTED = alt.Axis(labelAngle=-40, orient="top", labelOverlap=False)


def landscape(cells: Sequence[LandscapeCell]) -> Spec:
    """Return top-1 by normalisation and strategy: the stronger the colour, the higher; the best is framed."""
    best = max(cell["top1"] for cell in cells)
    rows = [{**cell, "weights": _ratio(cell.get("weights", [])), "best": cell["top1"] == best} for cell in cells]
    low = min(cell["top1"] for cell in cells)
    base = chart(rows).encode(
        x=alt.X("normalisation:N", sort=None, title="normalisation", axis=TILTED),
        y=alt.Y("strategy:N", sort=None, title=None),
        tooltip=tips(
            strategy="strategy", normalisation="normalisation", pooling="pooling", weights="weights", top1=PERCENT
        ),
    )
    squares = base.mark_rect(color=colours.FUSED, stroke=NEUTRAL).encode(
        opacity=alt.Opacity("top1:Q", legend=None, scale=alt.Scale(domain=[low, best], range=[0.04, 0.6])),
        strokeWidth=alt.condition("datum.best", alt.value(3), alt.value(0.5)),
    )
    numbers = base.mark_text(fontSize=11).encode(text=alt.Text("top1:Q", format=".1f"))
    return to_spec(squares + numbers, rows=2 + len({cell["strategy"] for cell in cells}))


def reliability(points: Sequence[ReliabilityPoint], streams: Sequence[str]) -> Spec:
    """Return the reliability curves before (dotted) and after (drawn through) a temperature, and the ideal diagonal.

    No line leads to a bin of fewer than `FEWEST` videos, which is grey.
    """
    names = dict.fromkeys(point["line"] for point in points)
    base = chart(points).encode(
        x=alt.X("confidence:Q", title="confidence, %", scale=alt.Scale(domain=[0, 100])),
        y=alt.Y("accuracy:Q", title="right, %", scale=alt.Scale(domain=[0, 100])),
        color=stream_colour("line", {name: name for name in names}, streams),
        tooltip=tips(
            line="scores", stage="temperature", confidence="confidence, %", accuracy="right, %", videos="test videos"
        ),
    )
    ends = inline_data(values=[{"x": 0, "y": 0}, {"x": 100, "y": 100}])
    diagonal = alt.Chart(ends).mark_line(strokeDash=[4, 4], color=NEUTRAL).encode(x="x:Q", y="y:Q")
    stages = alt.Scale(domain=["before", "after"], range=[[2, 3], [1, 0]])
    dashes = alt.StrokeDash(
        "stage:N", title="temperature scaling", scale=stages, legend=alt.Legend(orient="top", columns=2)
    )
    lines = base.transform_filter(f"datum.videos >= {FEWEST}").mark_line(strokeWidth=1.6).encode(strokeDash=dashes)
    size = alt.Size("videos:Q", legend=None, scale=alt.Scale(range=[16, 300]))
    after = base.transform_filter("datum.stage == 'after'")
    full = after.transform_filter(f"datum.videos >= {FEWEST}").mark_point(filled=True, opacity=1).encode(size=size)
    thin = base.transform_filter(f"datum.videos < {FEWEST}").mark_point(size=24, opacity=1)
    return to_spec(diagonal + lines + full + thin.encode(color=alt.value(NEUTRAL)), height=340, widest=760)


def _ratio(weights: Sequence[float]) -> str:
    return " : ".join(f"{weight:g}" for weight in weights) or "none"


def _in_triangle(point: CurvePoint) -> dict[str, float]:
    """Return where the point lies in the triangle, its three weights, and its top-1."""
    first, second, third = point["weights"]
    x, y = (_weighted_mean(point["weights"], axis) for axis in (0, 1))
    return {"x": x, "y": y, "w1": first, "w2": second, "w3": third, "top1": point["top1"]}


def _weighted_mean(weights: Sequence[float], axis: int) -> float:
    """Return the mean of the corners, on one axis."""
    return sum(weight * corner[axis] for weight, corner in zip(weights, CORNERS, strict=True)) / sum(weights)
