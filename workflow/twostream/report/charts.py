"""What all plots have in common: their data, tooltips, colours and sizes, and how one becomes a drawing.

A plot is a Vega-Lite description, from which the page gets two drawings. The first is an SVG for readers without
JavaScript and for paper; the second, drawn in the browser as wide as the screen allows, answers to the pointer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from twostream.report import colours

Spec = dict[str, Any]
"""A Vega-Lite description."""

WIDTH = 680
ROW_HEIGHT = 22
LETTER = 7
"""Pixels of a letter of a legend, on the average."""
CONFIG = {
    "font": "system-ui, sans-serif",
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 200, "titleFontWeight": 500},
    # Without these, labels that meet read as one number: -10 and 0 as -100.
    "axisX": {"labelOverlap": "greedy", "labelSeparation": 12},
    "axisY": {"labelOverlap": "greedy"},
    "axisXQuantitative": {"tickCount": {"expr": "ceil(width / 80)"}},
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 320,
        "symbolOpacity": 1,
        "layout": {"top": {"direction": "vertical", "anchor": "start"}},
    },
    "text": {"fontSize": 12},
    "view": {"stroke": None},
}

inline_data: Callable[..., alt.Data] = alt.Data
"""Altair's class, which has no types of its own."""


def svg(spec: Spec) -> str:
    """Return the plot as an SVG, which needs no script."""
    return vl_convert.vegalite_to_svg(spec)


def chart(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    """Return a chart of `rows` that draws nothing yet."""
    return alt.Chart(inline_data(values=list(rows)))


def tips(**titles: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: the title of each field, with its unit; percentages have one decimal."""
    return [_tip(field, title) for field, title in titles.items()]


def legend(names: Sequence[str]) -> alt.Legend:
    """Return a legend in as many columns as fit; the browser divides it anew where the screen is narrower."""
    longest = max(map(len, names), default=1)
    columns = max(1, WIDTH // (LETTER * longest + 60))
    return alt.Legend(orient="top", symbolSize=120, columns=columns, columnPadding=24, symbolLimit=100)


def colour(field: str, colour_of: Mapping[str, str]) -> alt.Color:
    """Return the colour of each name that `field` has, with a legend."""
    names = list(colour_of)
    scale = alt.Scale(domain=names, range=list(colour_of.values()))
    return alt.Color(f"{field}:N", title=None, scale=scale, legend=legend(names))


def stream_colour(field: str, lines: Mapping[str, str], streams: Sequence[str]) -> alt.Color:
    """Return the colours of `lines`, each that of the stream (or `fused`) that it is mapped to."""
    by_name = colours.by_name(streams)
    return colour(field, {line: by_name[stream] for line, stream in lines.items()})


def to_spec(drawing: alt.Chart | alt.LayerChart, height: int = 0, rows: int = 0, widest: int = 2000) -> Spec:
    """Return the description, `height` pixels high or as high as `rows` of text, and never wider than `widest`."""
    sized = drawing.properties(
        width=min(WIDTH, widest),
        height=height or max(60, ROW_HEIGHT * rows),
        background="transparent",
        usermeta={"widest": widest},
        padding={"left": 12, "right": 12, "top": 5, "bottom": 5},
    )
    spec: Spec = json.loads(sized.to_json(indent=None))
    return spec | {"config": CONFIG}


def _tip(field: str, title: str) -> alt.Tooltip:
    if "%" in title or "points" in title:
        return alt.Tooltip(f"{field}:Q", title=title, format=".1f")
    return alt.Tooltip(f"{field}:N", title=title)
