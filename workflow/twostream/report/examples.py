"""Test videos that show what fusion does: some that it rescued, and some that it lost."""

from collections.abc import Sequence

from twostream.fusion.contract import ExampleRow, Findings
from twostream.report.contents import Pictured


def choose(findings: Findings, count: int) -> list[Pictured]:
    """Return at most `count` videos of each outcome, of different classes as far as there are some."""
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
        for video in classes_in_turn(outcome["shown"])[:count]
    ]


def classes_in_turn(videos: Sequence[ExampleRow]) -> list[ExampleRow]:
    """Return the same videos, the first of each class before the second of any."""
    numbers: dict[str, int] = {}
    turns = []
    for video in videos:
        numbers[video["class"]] = numbers.get(video["class"], 0) + 1
        turns.append(numbers[video["class"]])
    order = sorted(range(len(videos)), key=lambda index: turns[index])
    return [videos[index] for index in order]
