"""Blocks of code on the pages of docs, so that tests run what a reader types and not a copy of it."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
NOT_RUN = "(not run here)"
"""Ends the line above a block that no test runs."""
BLOCK = re.compile(r"^(?P<above>[^\n]*)\n+```(?P<language>\w*) ?(?P<name>\S*)\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A block between fences; `is_not_run` where the line above says that no test runs it."""

    language: str
    name: str
    text: str
    is_not_run: bool


def blocks(page: str) -> list[Block]:
    """Return the blocks of the `page` of docs, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Block(match["language"], match["name"], match["text"], match["above"].rstrip(" :.").endswith(NOT_RUN))
        for match in BLOCK.finditer(text)
    ]


def block(page: str, name: str) -> str:
    """Return the text of the block called `name`."""
    return next(block.text for block in blocks(page) if block.name == name)


def commands(page: str, name: str) -> list[str]:
    """Return the commands of the block called `name`: lines that end in a backslash are joined, comments left out."""
    lines = block(page, name).replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line.strip() and not line.lstrip().startswith("#")]
