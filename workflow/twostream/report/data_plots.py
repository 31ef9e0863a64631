"""Plots of classes, videos, training and cost."""

from collections.abc import Sequence
from typing import TypedDict

import altair as alt

from twostream.report import colours
from twostream.report.charts import Spec, chart, colour, legend, tips, to_spec
from twostream.report.colours import BETTER, DASHES, NEUTRAL, TEST, TRAIN, WORSE
from twostream.report.contents import LengthBin
from twostream.report.derive import ClassGain


class EpochPoint(TypedDict):
    """A value of an epoch of a `stream`; `line` is the curve that it belongs to, on the videos `of`."""

    epoch: int
    value: float
    line: str
    stream: str
    of: str


class SubsetBar(TypedDict):
    """The number of videos of a class in a subset, which the legend calls `split`."""

    class_name: str
    split: str
    videos: int


class StageBar(TypedDict):
    """The seconds that a stage took."""

    stage: str
    seconds: float


def gains(rows: Sequence[ClassGain]) -> Spec:
    """Return a plot with a bar for the gain of each class, grey where the gain may be chance."""
    bars = [{**row, "colour": NEUTRAL if not row["is_clear"] else WORSE if row["gain"] < 0 else BETTER} for row in rows]
    drawing = (
        chart(bars)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("gain:Q", title="points of top-1 over the class' own best stream"),
            color=alt.Color("colour:N", scale=None),
            tooltip=tips(
                class_name="class",
                gain="gain, points",
                fused="fused, %",
                best_stream="its best stream",
                best="that stream, %",
                videos="test videos",
            ),
        )
    )
    return to_spec(drawing, rows=len(rows))


def training(points: Sequence[EpochPoint], title: str, streams: Sequence[str]) -> Spec:
    """Return a plot of values by epoch: the stream gives the colour, dots that the videos are not those trained on."""
    lines = {point["line"]: point for point in points}
    by_name, line_dashes = colours.by_name(streams), colours.dashes(streams)
    dash_of = [line_dashes[each["stream"]] if each["of"] == "training" else DASHES[2] for each in lines.values()]
    dashes = alt.Scale(domain=list(lines), range=dash_of)
    drawing = (
        chart(points)
        .mark_line(point=alt.OverlayMarkDef(size=26))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
            color=colour("line", {line: by_name[point["stream"]] for line, point in lines.items()}),
            strokeDash=alt.StrokeDash("line:N", title=None, legend=legend(list(lines)), scale=dashes),
            tooltip=tips(stream="stream", of="videos", epoch="epoch", value=title),
        )
    )
    return to_spec(drawing, height=240)


def videos(bars: Sequence[SubsetBar]) -> Spec:
    """Return a plot with a bar a class, each in parts by subset."""
    drawing = (
        chart(bars)
        .mark_bar()
        .encode(
            y=alt.Y("class_name:N", sort=None, title=None),
            x=alt.X("videos:Q", title="videos"),
            color=colour("split", {"train": TRAIN, "test": TEST}),
            tooltip=tips(class_name="class", split="subset", videos="videos"),
        )
    )
    return to_spec(drawing, rows=len({bar["class_name"] for bar in bars}))


def lengths(bins: Sequence[LengthBin]) -> Spec:
    """Return a histogram of the number of frames."""
    rows = [{**each, "left": each["first"] - 0.5, "right": each["last"] + 0.5, "none": 0} for each in bins]
    drawing = (
        chart(rows)
        .mark_rect(color=NEUTRAL)
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
            tooltip=tips(first="frames, from", last="to", videos="videos"),
        )
    )
    return to_spec(drawing, height=180)


def seconds(bars: Sequence[StageBar]) -> Spec:
    """Return a plot with a bar for the seconds of each stage; the whole row answers to the pointer."""
    base = chart(bars).encode(
        y=alt.Y("stage:N", sort=None, title=None), tooltip=tips(stage="stage", seconds="seconds of work")
    )
    x = alt.X("seconds:Q", title="seconds of work, whenever it was done")
    rows = base.mark_rect(opacity=0).encode(x=alt.value(0), x2=alt.value("width"))
    return to_spec(rows + base.mark_bar(color=NEUTRAL, cornerRadius=2).encode(x=x), rows=len(bars))
