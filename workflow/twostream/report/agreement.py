"""Why fusion works: how often the streams are right together, alone or never, and what fusion makes of each case."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.contract import Findings
from twostream.report import colours
from twostream.report.confusion import FUSED

FEW_STREAMS = 3
"""With more streams, a part where only one is right has no name of its own."""
ALL, SOME, NONE = "#6b7d8f", "#8c7444", "#a8545c"
"""Colours of the parts that are not of a single stream."""


class Agreement(TypedDict):
    """Test videos by which streams are right (`name` says it in words), and how many of them the fusion gets right."""

    name: str
    videos: int
    fused_right: int


def parts(findings: Findings) -> list[Agreement]:
    """Return the parts that the test videos fall into, those that all streams get right first; none without any."""
    streams = [row["stream"] for row in findings["streams"]]
    predictions = findings.get("predictions")
    if not predictions or len(streams) < 2:
        return []
    label = np.array(predictions["label"])
    right = np.array([np.array(predictions["predicted"][name]) == label for name in streams])
    fused = np.array(predictions["predicted"][FUSED]) == label
    members = _members(streams, right)
    return [
        {"name": name, "videos": int(member.sum()), "fused_right": int((fused & member).sum())}
        for name, member in members.items()
    ]


def colour_of(agreements: Sequence[Agreement], streams: Sequence[str]) -> dict[str, str]:
    """Return the colour of each part: that of the stream where only one is right."""
    by_name = {f"only {name}": colour for name, colour in colours.by_name(streams).items()}
    names = [part["name"] for part in agreements]
    return {
        name: by_name.get(name, NONE if name.startswith(("no", "neither")) else ALL if name == names[0] else SOME)
        for name in names
    }


def in_words(agreements: Sequence[Agreement]) -> dict[str, str]:
    """Return by name what the legend says of each part."""
    return {
        part["name"]: f"{part['name']}: {part['videos']:,}, fused right {part['fused_right']:,}" for part in agreements
    }


def _members(streams: Sequence[str], right: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Return the videos (videos,) of each part, for `right` (streams, videos)."""
    number = right.sum(axis=0)
    everyone, nobody = ("both", "neither") if len(streams) == 2 else ("all", "no stream")
    ends = {everyone: number == len(streams)}, {nobody: number == 0}
    if len(streams) > FEW_STREAMS:
        return {**ends[0], "some streams": (number > 0) & (number < len(streams)), **ends[1]}
    alone = {f"only {name}": (number == 1) & of_stream for name, of_stream in zip(streams, right, strict=True)}
    two = {"two of three": number == 2} if len(streams) == FEW_STREAMS else {}
    return {**ends[0], **two, **alone, **ends[1]}
