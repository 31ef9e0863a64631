"""What a run of a configuration takes here, for a data set that was looked at and of which nothing is made yet."""

from pathlib import Path

from twostream import plan
from twostream.config.schema import Settings
from twostream.forecast import outlook, table
from twostream.plan import FullPlan
from twostream.videos.index import Index

MEMORY = Path("results/.trials.json")
"""Remembers what was tried, for the run too."""


def lines(settings: Settings, catalogue: Index, cores: int) -> list[str]:
    """Return the table of the stages by the complete `settings`, and what to look at; a few frames are tried."""
    full = FullPlan(plan.make(settings), catalogue)
    ahead = outlook.of(full, cores, MEMORY)
    return [*table.stages(ahead), *table.remarks(catalogue, ahead.flow_range, settings["flow"]["bound"])]
