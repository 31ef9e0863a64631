"""Test videos that show what fusion does: some that it rescued, and some that it lost."""

from twostream.fusion.contract import Findings
from twostream.report.contents import Pictured


def choose(findings: Findings, count: int) -> list[Pictured]:
    """Return at most `count` videos of each outcome: those that come first, which are of different classes."""
    guesses = findings.get("guesses", {})
    examples = findings["examples"]
    return [
        {
            "video": video["video"],
            "class_name": video["class"],
            "outcome": name,
            "taken_for": video["fused"],
            "guesses": guesses.get(video["video"], {}),
        }
        for name, outcome in (("rescued", examples["rescued"]), ("lost", examples["lost"]))
        for video in outcome["shown"][:count]
    ]
